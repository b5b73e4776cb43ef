"""SageMaker in memory: names, states and errors as AWS has them, in AWS's words.

Nothing moves by itself: a test says when a job or an endpoint reaches its next state.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from tests.emulated import sagemaker_lists
from tests.emulated.sagemaker_store import BUSY, Resource, Store, client_error

METRICS = {"validation:rmse": 2.1}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
__all__ = ["FakeSageMaker", "client_error"]


def _operation(member: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """One of SageMaker's operations: recorded under the value of this member, and refused when a test says so."""

    def of(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(self: "FakeSageMaker", **request: Any) -> Any:
            operation, name = method.__name__, str(request.get(member, "")).rpartition("/")[2]
            self.calls.append((operation, name))
            self._fail(self._refusals, operation, name)
            answer = method(self, **request)
            self._fail(self._lost, operation, name)
            return answer

        return call

    return of


@dataclass
class FakeSageMaker(Store):
    """`most_on_a_page`: two, so that paging shows; AWS gives as many as are asked for, up to 100."""

    most_on_a_page: int = 2
    calls: list[tuple[str, str]] = field(default_factory=list)
    _refusals: dict[str, list[Exception]] = field(default_factory=dict)
    _lost: dict[str, list[Exception]] = field(default_factory=dict)

    # What a test does to it

    def refuse(self, operation: str, error: Exception, name: str = "") -> None:
        """The next call of this operation (on this name) fails, and has done nothing."""
        self._refusals.setdefault(f"{operation} {name}".strip(), []).append(error)

    def lose(self, operation: str, error: Exception, name: str = "") -> None:
        """The next call of this operation (on this name) does its work, but its answer is lost."""
        self._lost.setdefault(f"{operation} {name}".strip(), []).append(error)

    def called(self, operation: str) -> list[str]:
        return [name for done, name in self.calls if done == operation]

    def end_job(
        self,
        name: str,
        status: str = "Completed",
        secondary: str | None = None,
        reason: str = "",
        metrics: Mapping[str, float] = METRICS,
    ) -> None:
        job = self.jobs[name]
        # Long enough ago for its log to be complete, and its metrics, where it shows none.
        ended = self.now - dt.timedelta(minutes=5 if metrics else 15)
        job |= {"TrainingJobStatus": status, "SecondaryStatus": secondary or status}
        job |= {"TrainingEndTime": ended, "LastModifiedTime": ended}
        if reason:
            job["FailureReason"] = reason
        if status == "Completed":
            folder = job["OutputDataConfig"]["S3OutputPath"]
            job["ModelArtifacts"] = {"S3ModelArtifacts": f"{folder}/{name}/output/model.tar.gz"}
            job["FinalMetricDataList"] = [
                {"MetricName": metric, "Value": value, "Timestamp": ended} for metric, value in metrics.items()
            ]

    def settle(
        self, name: str, status: str = "InService", *, rolled_back: bool = False, reason: str | None = None
    ) -> None:
        """What the endpoint is in the middle of ends; the end of Deleting is that it is gone.

        `rolled_back`: an update ends InService on the old config, silently unless there is a reason.
        UpdateRollbackFailed and Failed leave the config as it is, too.
        """
        endpoint = self.endpoints[name]
        was, pending = endpoint["EndpointStatus"], endpoint.pop("PendingDeploymentSummary", None)
        if was == "Deleting":
            del self.endpoints[name], self.tags[endpoint["EndpointArn"]]
            return
        if pending and status == "InService" and not rolled_back:
            endpoint["EndpointConfigName"] = pending["EndpointConfigName"]
        if reason is not None:
            endpoint["FailureReason"] = reason
        # A change ends later than it began, also where a test's clock stands still.
        later = self.now if was == "Creating" else max(self.now, endpoint["LastModifiedTime"] + dt.timedelta(seconds=1))
        endpoint |= {"EndpointStatus": status, "LastModifiedTime": later}

    def settle_all(self) -> None:
        for name, endpoint in list(self.endpoints.items()):
            if endpoint["EndpointStatus"] in BUSY:
                self.settle(name)

    # What SageMaker does

    @_operation("TrainingJobName")
    def create_training_job(self, **request: Any) -> Resource:
        name = request["TrainingJobName"]
        arn = self.arn("training-job", name)
        if name in self.jobs:
            taken = "Job name must be unique within an AWS account and region, and a job with this name already exists"
            raise client_error("ResourceInUse", f"{taken} ({arn})")
        instance = request.get("ResourceConfig", {}).get("InstanceType", "ml.m5.xlarge")
        running = sum(job["TrainingJobStatus"] in ("InProgress", "Stopping") for job in self.jobs.values())
        self.must_fit(f"{instance} for training job usage", self.max_jobs, running, "Instances")
        self.create("TrainingJob", request)
        self.jobs[name] |= {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}
        return {"TrainingJobArn": arn}

    @_operation("TrainingJobName")
    def describe_training_job(self, *, TrainingJobName: str) -> Resource:  # noqa: N803
        return dict(self.find("TrainingJob", TrainingJobName, "DescribeTrainingJob"))

    @_operation("ModelName")
    def create_model(self, **request: Any) -> Resource:
        return {"ModelArn": self.create("Model", request)}

    @_operation("ModelName")
    def describe_model(self, *, ModelName: str) -> Resource:  # noqa: N803
        return dict(self.find("Model", ModelName, "DescribeModel"))

    @_operation("ModelName")
    def delete_model(self, *, ModelName: str) -> None:  # noqa: N803
        self.delete("Model", ModelName)

    @_operation("EndpointConfigName")
    def create_endpoint_config(self, **request: Any) -> Resource:
        for variant in request["ProductionVariants"]:
            self.find("Model", variant["ModelName"])
        return {"EndpointConfigArn": self.create("EndpointConfig", request)}

    @_operation("EndpointConfigName")
    def describe_endpoint_config(self, *, EndpointConfigName: str) -> Resource:  # noqa: N803
        return dict(self.find("EndpointConfig", EndpointConfigName, "DescribeEndpointConfig"))

    @_operation("EndpointConfigName")
    def delete_endpoint_config(self, *, EndpointConfigName: str) -> None:  # noqa: N803
        """Whether an endpoint uses it is not asked."""
        self.delete("EndpointConfig", EndpointConfigName)

    @_operation("EndpointName")
    def create_endpoint(self, **request: Any) -> Resource:
        config = request["EndpointConfigName"]
        self.find("EndpointConfig", config)
        self.must_be_new("Endpoint", request["EndpointName"])
        self.must_fit("Maximum number of serverless endpoints", self.max_endpoints, len(self.endpoints), "None")
        arn = self.create("Endpoint", request)
        change = {"EndpointStatus": "Creating", "PendingDeploymentSummary": {"EndpointConfigName": config}}
        self.endpoints[request["EndpointName"]] |= change
        return {"EndpointArn": arn}

    @_operation("EndpointName")
    def describe_endpoint(self, *, EndpointName: str) -> Resource:  # noqa: N803
        return self._with_variants(self.find("Endpoint", EndpointName, "DescribeEndpoint"))

    @_operation("EndpointName")
    def update_endpoint(self, *, EndpointName: str, EndpointConfigName: str) -> Resource:  # noqa: N803
        endpoint = self.changeable(EndpointName, "UpdateEndpoint")
        if endpoint["EndpointStatus"] == "Failed":
            raise client_error("ValidationException", f'Could not update failed endpoint "{endpoint["EndpointArn"]}".')
        self.find("EndpointConfig", EndpointConfigName, "UpdateEndpoint")
        endpoint.pop("FailureReason", None)
        endpoint |= {
            "EndpointStatus": "Updating",
            "PendingDeploymentSummary": {"EndpointConfigName": EndpointConfigName},
            "LastModifiedTime": max(self.now, endpoint["LastModifiedTime"]),
        }
        return {"EndpointArn": endpoint["EndpointArn"]}

    @_operation("EndpointName")
    def delete_endpoint(self, *, EndpointName: str) -> None:  # noqa: N803
        self.changeable(EndpointName, "DeleteEndpoint")["EndpointStatus"] = "Deleting"

    @_operation("ResourceArn")
    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> Resource:  # noqa: N803
        self.tags_of(ResourceArn).update({tag["Key"]: tag["Value"] for tag in Tags})
        return {"Tags": Tags}

    @_operation("ResourceArn")
    def list_tags(self, *, ResourceArn: str) -> Resource:  # noqa: N803
        return {"Tags": sagemaker_lists.tag_list(self.tags_of(ResourceArn))}

    @_operation("NameContains")
    def list_endpoints(self, **asked: Any) -> Resource:
        return sagemaker_lists.page("Endpoint", self.endpoints, asked)

    @_operation("NameContains")
    def list_endpoint_configs(self, **asked: Any) -> Resource:
        return sagemaker_lists.page("EndpointConfig", self.configs, asked)

    @_operation("NameContains")
    def list_models(self, **asked: Any) -> Resource:
        return sagemaker_lists.page("Model", self.models, asked)

    @_operation("NameContains")
    def list_training_jobs(self, **asked: Any) -> Resource:
        return sagemaker_lists.page("TrainingJob", self.jobs, asked)

    @_operation("Resource")
    def search(self, **asked: Any) -> Resource:
        shelf = self.shelf(asked["Resource"])
        if asked["Resource"] == "Endpoint":
            shelf = {name: self._with_variants(endpoint) for name, endpoint in shelf.items()}
        return sagemaker_lists.search(shelf, self.tags, asked)

    def get_paginator(self, operation: str) -> sagemaker_lists.Paginator:
        return sagemaker_lists.Paginator(getattr(self, operation), self.most_on_a_page)

    def _with_variants(self, endpoint: Resource) -> Resource:
        config = self.configs.get(endpoint["EndpointConfigName"], {})
        variants = [
            {"VariantName": each["VariantName"]}
            | ({} if "InstanceType" in each else {"CurrentServerlessConfig": each.get("ServerlessConfig", SERVERLESS)})
            for each in config.get("ProductionVariants", [])
        ]
        return endpoint | ({"ProductionVariants": variants} if variants else {})

    def _fail(self, orders: dict[str, list[Exception]], operation: str, name: str) -> None:
        for key in (f"{operation} {name}", operation):
            if orders.get(key):
                raise orders[key].pop(0)
