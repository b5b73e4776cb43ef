"""What the fake SageMaker keeps: resources by kind and name, their tags, and AWS's words when one is not to be had."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
KINDS = {"Endpoint": "endpoint", "EndpointConfig": "endpoint-config", "Model": "model", "TrainingJob": "training-job"}
_NOUNS = {"endpoint-config": "endpoint configuration"}
_ASK = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
    "contact AWS support to request an increase for this quota."
)
Resource = dict[str, Any]


def client_error(code: str, message: str, operation: str = "Operation", **members: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}} | members
    return ClientError(response, operation)


def not_authorized(action: str, arn: str) -> ClientError:
    """To IAM, what is not there has no tags."""
    return client_error(
        "AccessDeniedException",
        f"User: arn:aws:sts::123456789012:assumed-role/ebb/function is not authorized to perform: sagemaker:{action} "
        f"on resource: {arn} because no identity-based policy allows the sagemaker:{action} action",
    )


@dataclass
class Store:
    """`by_tags`: the caller's permissions go by tags, so what is not there may not be looked at or changed.

    `max_endpoints`, `max_jobs`: the account's quotas; None is without end.
    """

    now: dt.datetime
    jobs: dict[str, Resource] = field(default_factory=dict)
    models: dict[str, Resource] = field(default_factory=dict)
    configs: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, Resource] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    by_tags: bool = True
    max_endpoints: int | None = None
    max_jobs: int | None = None

    def arn(self, kind: str, name: str) -> str:
        return f"{ARN}:{kind}/{name.lower()}"

    def shelf(self, kind: str) -> dict[str, Resource]:
        shelves = {"Endpoint": self.endpoints, "EndpointConfig": self.configs, "Model": self.models}
        return shelves.get(kind, self.jobs)

    def must_be_new(self, kind: str, name: str) -> str:
        arn = self.arn(KINDS[kind], name)
        if name in self.shelf(kind):
            noun = _NOUNS.get(KINDS[kind], KINDS[kind])
            raise client_error("ValidationException", f'Cannot create already existing {noun} "{arn}".')
        return arn

    def create(self, kind: str, request: Resource) -> str:
        name, shelf = request[f"{kind}Name"], self.shelf(kind)
        arn = self.must_be_new(kind, name)
        shelf[name] = {**request, f"{kind}Arn": arn, "CreationTime": self.now, "LastModifiedTime": self.now}
        self.tags[arn] = {tag["Key"]: tag["Value"] for tag in shelf[name].pop("Tags", [])}
        return arn

    def find(self, kind: str, name: str, action: str = "") -> Resource:
        """`action`: what is asked for, where permission goes by the resource's tags."""
        found = self.shelf(kind).get(name)
        if found is not None:
            return found
        arn, noun = self.arn(KINDS[kind], name), _NOUNS.get(KINDS[kind], KINDS[kind])
        if action and self.by_tags:
            raise not_authorized(action, arn)
        if kind == "TrainingJob":
            raise client_error("ValidationException", "Requested resource not found.")
        raise client_error("ValidationException", f'Could not find {noun} "{arn}".')

    def delete(self, kind: str, name: str) -> None:
        gone = self.find(kind, name, f"Delete{kind}")
        del self.shelf(kind)[name], self.tags[gone[f"{kind}Arn"]]

    def changeable(self, name: str, action: str) -> Resource:
        endpoint = self.find("Endpoint", name, action)
        if endpoint["EndpointStatus"] in BUSY:
            message = f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".'
            raise client_error("ValidationException", message)
        return endpoint

    def tags_of(self, arn: str) -> dict[str, str]:
        """Of any resource that exists."""
        there = (found[f"{kind}Arn"] for kind in KINDS for found in self.shelf(kind).values())
        if arn not in there:
            raise client_error("ValidationException", f"Could not find resource {arn}.")
        return self.tags.setdefault(arn, {})

    def must_fit(self, quota: str, limit: int | None, used: int, unit: str) -> None:
        if limit is None or used + 1 <= limit:
            return
        raise client_error(
            "ResourceLimitExceeded",
            f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} {unit} "
            f"and a request delta of 1 {unit}. {_ASK}",
        )
