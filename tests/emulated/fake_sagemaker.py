"""SageMaker in memory: names, states and errors as AWS has them, in AWS's words (aws-facts 3.4).

Nothing moves by itself: a test says when a job or an endpoint reaches its next state.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
Resource = dict[str, Any]


def client_error(code: str, message: str, operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class FakeSageMaker:
    now: dt.datetime
    jobs: dict[str, Resource] = field(default_factory=dict)
    models: dict[str, Resource] = field(default_factory=dict)
    configs: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, Resource] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    _refusals: dict[str, list[Exception]] = field(default_factory=dict)

    # What a test does to it

    def refuse(self, operation: str, error: Exception, name: str = "") -> None:
        """The next call of this operation (on this name) fails."""
        self._refusals.setdefault(f"{operation} {name}".strip(), []).append(error)

    def called(self, operation: str) -> list[str]:
        return [name for done, name in self.calls if done == operation]

    def end_job(self, name: str, status: str = "Completed", secondary: str | None = None, reason: str = "") -> None:
        job = self.jobs[name]
        # Long enough ago for its log to be complete.
        ended = self.now - dt.timedelta(minutes=5)
        job |= {"TrainingJobStatus": status, "SecondaryStatus": secondary or status, "TrainingEndTime": ended}
        if reason:
            job["FailureReason"] = reason
        if status == "Completed":
            folder = job["OutputDataConfig"]["S3OutputPath"]
            job["ModelArtifacts"] = {"S3ModelArtifacts": f"{folder}/{name}/output/model.tar.gz"}
            job["FinalMetricDataList"] = [{"MetricName": "validation:rmse", "Value": 2.1, "Timestamp": self.now}]

    def settle(self, name: str, status: str = "InService") -> None:
        """The endpoint's creation or update ends."""
        endpoint = self.endpoints[name]
        pending = endpoint.pop("PendingDeploymentSummary", None)
        if pending and status == "InService":
            endpoint["EndpointConfigName"] = pending["EndpointConfigName"]
        endpoint |= {"EndpointStatus": status, "LastModifiedTime": self.now}

    def arn(self, kind: str, name: str) -> str:
        return f"{ARN}:{kind}/{name.lower()}"

    # What SageMaker does

    def _call(self, operation: str, name: str) -> None:
        self.calls.append((operation, name))
        for key in (f"{operation} {name}", operation):
            if self._refusals.get(key):
                raise self._refusals[key].pop(0)

    def _create(self, shelf: dict[str, Resource], noun: str, name: str, request: Resource) -> str:
        arn = self.arn(noun.replace("endpoint configuration", "endpoint-config"), name)
        if name in shelf:
            raise client_error("ValidationException", f'Cannot create already existing {noun} "{arn}".')
        shelf[name] = {**request, "CreationTime": self.now, "LastModifiedTime": self.now}
        self.tags[arn] = {tag["Key"]: tag["Value"] for tag in shelf[name].pop("Tags", [])}
        return arn

    def _find(self, shelf: dict[str, Resource], noun: str, name: str) -> Resource:
        if name not in shelf:
            kind = noun.replace("endpoint configuration", "endpoint-config")
            raise client_error("ValidationException", f'Could not find {noun} "{self.arn(kind, name)}".')
        return shelf[name]

    def create_training_job(self, **request: Any) -> Resource:
        name = request["TrainingJobName"]
        self._call("create_training_job", name)
        arn = self.arn("training-job", name)
        if name in self.jobs:
            taken = "Job name must be unique within an AWS account and region, and a job with this name already exists"
            raise client_error("ResourceInUse", f"{taken} ({arn})")
        self._create(self.jobs, "training-job", name, request)
        self.jobs[name] |= {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting", "TrainingJobArn": arn}
        return {"TrainingJobArn": arn}

    def describe_training_job(self, *, TrainingJobName: str) -> Resource:  # noqa: N803
        self._call("describe_training_job", TrainingJobName)
        if TrainingJobName not in self.jobs:
            raise client_error("ValidationException", "Requested resource not found.")
        return dict(self.jobs[TrainingJobName])

    def create_model(self, **request: Any) -> Resource:
        self._call("create_model", request["ModelName"])
        return {"ModelArn": self._create(self.models, "model", request["ModelName"], request)}

    def create_endpoint_config(self, **request: Any) -> Resource:
        name = request["EndpointConfigName"]
        self._call("create_endpoint_config", name)
        for variant in request["ProductionVariants"]:
            self._find(self.models, "model", variant["ModelName"])
        return {"EndpointConfigArn": self._create(self.configs, "endpoint configuration", name, request)}

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> Resource:  # noqa: N803
        self._call("describe_endpoint_config", EndpointConfigName)
        return dict(self._find(self.configs, "endpoint configuration", EndpointConfigName))

    def create_endpoint(self, **request: Any) -> Resource:
        name = request["EndpointName"]
        self._call("create_endpoint", name)
        self._find(self.configs, "endpoint configuration", request["EndpointConfigName"])
        arn = self._create(self.endpoints, "endpoint", name, request)
        self.endpoints[name] |= {"EndpointStatus": "Creating", "EndpointArn": arn}
        return {"EndpointArn": arn}

    def describe_endpoint(self, *, EndpointName: str) -> Resource:  # noqa: N803
        self._call("describe_endpoint", EndpointName)
        return dict(self._find(self.endpoints, "endpoint", EndpointName))

    def update_endpoint(self, *, EndpointName: str, EndpointConfigName: str) -> Resource:  # noqa: N803
        self._call("update_endpoint", EndpointName)
        endpoint = self._changeable(EndpointName)
        self._find(self.configs, "endpoint configuration", EndpointConfigName)
        endpoint |= {
            "EndpointStatus": "Updating",
            "PendingDeploymentSummary": {"EndpointConfigName": EndpointConfigName},
            "LastModifiedTime": self.now,
        }
        return {"EndpointArn": endpoint["EndpointArn"]}

    def delete_endpoint(self, *, EndpointName: str) -> None:  # noqa: N803
        self._call("delete_endpoint", EndpointName)
        self._changeable(EndpointName)["EndpointStatus"] = "Deleting"

    def _changeable(self, name: str) -> Resource:
        endpoint = self._find(self.endpoints, "endpoint", name)
        if endpoint["EndpointStatus"] in BUSY:
            message = f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".'
            raise client_error("ValidationException", message)
        return endpoint

    def list_tags(self, *, ResourceArn: str) -> Resource:  # noqa: N803
        self._call("list_tags", ResourceArn.rpartition("/")[2])
        tags = self.tags.get(ResourceArn, {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def list_endpoints(self, NameContains: str) -> list[Resource]:  # noqa: N803
        shown = ("EndpointName", "EndpointArn", "EndpointStatus", "CreationTime", "LastModifiedTime")
        found = [endpoint for name, endpoint in self.endpoints.items() if NameContains in name]
        return [{key: endpoint[key] for key in shown} for endpoint in found]

    def get_paginator(self, operation: str) -> "Paginator":
        return Paginator(self, operation)


@dataclass(frozen=True)
class Paginator:
    sagemaker: FakeSageMaker
    operation: str

    def paginate(self, *, PaginationConfig: Resource | None = None, **asked: Any) -> Iterator[Resource]:  # noqa: N803
        """Two endpoints on a page at most, so that paging shows."""
        if self.operation == "list_tags":
            yield self.sagemaker.list_tags(**asked)
            return
        found = self.sagemaker.list_endpoints(**asked)
        for start in range(0, max(len(found), 1), 2):
            yield {"Endpoints": found[start : start + 2]}
