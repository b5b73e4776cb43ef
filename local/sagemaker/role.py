"""An execution role at work: sessions for S3 and Logs, and the permissions that nothing here exercises."""

from __future__ import annotations

import re
import threading
import time
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.adapters import services
from local.container.errors import NotEmulatedError
from local.container.versions import ImageVersion
from local.sagemaker.errors import Invalid
from local.sagemaker.state import Cloud, World

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?/([\w./-]+):([\w.-]+)")
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
_RETRIES = Config(retries={"max_attempts": 2}, read_timeout=300, s3={"addressing_style": "path"})


class NotPermittedError(Exception):
    """The execution role lacks a permission; the message is what SageMaker would report."""


class _Clients:
    """One session for all roles: it reads the services' models once. Making clients of it is not thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _session(self) -> Any:
        return boto3.session.Session()

    def make(self, service: str, **arguments: Any) -> Any:
        with self._lock:
            return self._session.client(service, config=_RETRIES, **arguments)


_CLIENTS = _Clients()


class ExecutionRole:
    """Acts as SageMaker does with the role it was passed: everything it may not do, fails here too."""

    def __init__(self, cloud: Cloud, world: World, role_arn: str, session: str) -> None:
        self.scope = world.scope
        self.arn = role_arn
        try:
            delay = cloud.misbehaviour.get("role_delay", 0)
            credentials = services.assume_role(world.scope, role_arn, session, youngest=delay)
        except services.RoleNotAssumableError as refused:
            raise NotPermittedError(str(refused)) from refused
        self._arguments: dict[str, Any] = {"endpoint_url": cloud.settings.endpoint_url, **credentials}

    @cached_property
    def s3(self) -> Any:
        return _CLIENTS.make("s3", **self._arguments)

    @cached_property
    def logs(self) -> Any:
        return _CLIENTS.make("logs", **self._arguments)

    def must_pull(self, image: str) -> None:
        """Pulling the image needs a token on `*` and three actions on the repository; then it must be one we have."""
        match = _IMAGE.fullmatch(image)
        if match is None:
            raise NotPermittedError(f"Cannot pull image {image}: not an image URI of Amazon ECR")
        account, region, repository, _ = match.groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        for action, resource in [("ecr:GetAuthorizationToken", "*"), *((action, arn) for action in _PULL)]:
            self.must_allow(action, resource)
        try:
            ImageVersion.of_image(image)
        except NotEmulatedError as refused:
            raise NotPermittedError(str(refused)) from refused

    def must_allow(self, action: str, resource: str, **context: str) -> None:
        if not services.role_allows(self.scope, self.arn, action, resource, **context):
            raise NotPermittedError(
                f"Please ensure that the role {self.arn} has permission to perform {action} on {resource}"
            )


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key (or prefix) of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def must_list_channel(cloud: Cloud, world: World, role_arn: str, uri: str) -> None:
    """CreateTrainingJob looks for each channel's objects before it accepts the job."""
    role = _assumed(cloud, world, role_arn)
    bucket, prefix = split_uri(uri)
    try:
        found = role.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount", 0)
    except ClientError:
        found = 0
    if not found:
        raise Invalid(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({world.scope.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def must_have_model_data(cloud: Cloud, world: World, role_arn: str, url: str) -> None:
    """CreateModel looks for the model's artifact before it accepts the model."""
    try:
        role = _assumed(cloud, world, role_arn)
        bucket, key = split_uri(url)
        role.s3.head_object(Bucket=bucket, Key=key)
    except (Invalid, ClientError) as refused:
        if isinstance(refused, ClientError) and refused.response["Error"]["Code"] == "404":
            raise Invalid(f"Could not find model data at {url}.") from refused
        raise Invalid(
            f'Could not access model data at {url}. Please ensure that the role "{role_arn}" exists and that its trust '
            f'relationship policy allows the action "sts:AssumeRole" for the service principal "{services.SAGEMAKER}". '
            'Also ensure that the role has "s3:GetObject" permissions and that the object is located in '
            f"{world.scope.region}. If your Model uses multiple models or uncompressed models, please ensure that the "
            'role has "s3:ListBucket" permission.'
        ) from refused


def _assumed(cloud: Cloud, world: World, role_arn: str) -> ExecutionRole:
    try:
        return ExecutionRole(cloud, world, role_arn, "SageMaker")
    except NotPermittedError as refused:
        raise Invalid(str(refused)) from refused


class LogStream:
    """One stream in CloudWatch Logs, written with the execution role's permissions."""

    def __init__(self, role: ExecutionRole, group: str, stream: str) -> None:
        role.must_allow("logs:DescribeLogStreams", role.scope.arn("logs", f"log-group:{group}:*"))
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
