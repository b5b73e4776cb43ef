"""An execution role at work: sessions for S3 and Logs, and the permissions that nothing here exercises."""

from __future__ import annotations

import re
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.adapters import bridge
from local.sagemaker.state import Cloud, World

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?/([\w./-]+):([\w.-]+)")
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


class NotPermittedError(Exception):
    """The execution role lacks a permission; the message is what SageMaker would report."""


class ExecutionRole:
    """Acts as SageMaker does with the role it was passed: everything it may not do, fails here too."""

    def __init__(self, cloud: Cloud, world: World, role_arn: str, session: str) -> None:
        self._world = world
        self.arn = role_arn
        try:
            credentials = bridge.assume_role(world.scope, role_arn, session)
        except bridge.RoleNotAssumableError as refused:
            raise NotPermittedError(str(refused)) from refused
        client = boto3.session.Session().client
        common: dict[str, Any] = {"endpoint_url": cloud.settings.endpoint_url, **credentials}
        retries = Config(retries={"max_attempts": 2}, read_timeout=300)
        self.s3 = client("s3", config=Config(s3={"addressing_style": "path"}).merge(retries), **common)
        self.logs = client("logs", config=retries, **common)

    def must_pull(self, image: str) -> None:
        """Pulling the image needs a token on `*` and three actions on the repository."""
        match = _IMAGE.fullmatch(image)
        if match is None:
            raise NotPermittedError(f"Cannot pull image {image}: not an image URI of Amazon ECR")
        account, region, repository, _ = match.groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        for action, resource in [("ecr:GetAuthorizationToken", "*"), *((action, arn) for action in _PULL)]:
            self.must_allow(action, resource)

    def must_allow(self, action: str, resource: str, **context: str) -> None:
        if not bridge.role_allows(self._world.scope, self.arn, action, resource, **context):
            raise NotPermittedError(
                f"Please ensure that the role {self.arn} has permission to perform {action} on {resource}"
            )


class LogStream:
    """One stream in CloudWatch Logs, written with the execution role's permissions."""

    def __init__(self, role: ExecutionRole, group: str, stream: str) -> None:
        self._logs: Any = role.logs
        self._names = {"logGroupName": group, "logStreamName": stream}
        self._create(self._logs.create_log_group, logGroupName=group)
        self._create(self._logs.create_log_stream, **self._names)

    @staticmethod
    def _create(create: Any, **names: str) -> None:
        try:
            create(**names)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise

    def write(self, lines: list[str]) -> None:
        """Tabs become `#011`, as they do on their way through SageMaker's log agent."""
        now = int(time.time() * 1000)
        events: list[Any] = [{"timestamp": now, "message": line.replace("\t", "#011") or " "} for line in lines]
        for start in range(0, len(events), 1000):
            self._logs.put_log_events(**self._names, logEvents=events[start : start + 1000])
