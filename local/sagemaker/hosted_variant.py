"""A production variant at work: its model's files, its role's log streams, its pool of instances."""

from __future__ import annotations

import itertools
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from local.adapters.services import Scope
from local.container.serving_settings import SERVERLESS_VARIABLE
from local.container.versions import VARIABLE, ImageVersion
from local.sagemaker.container_logs import LazyStream, Stream, container_logs
from local.sagemaker.instance import Instance
from local.sagemaker.instance_pool import InstancePool
from local.sagemaker.model_archive import model_url, place_model
from local.sagemaker.models import MODEL
from local.sagemaker.role import ExecutionRole, LogStream, split_uri
from local.sagemaker.serverless_pool import ServerlessPool
from local.sagemaker.state import Cloud, Record, World
from local.sagemaker.warm_parent import ContainerFolder, warm_parent

MEGABYTE = 1024**2
SERVERLESS_BYTES = 4 * MEGABYTE
REAL_TIME_BYTES = 6 * MEGABYTE
_SERVERLESS_DISK_GIGABYTES = 5
_DEFAULT_VOLUME_GIGABYTES = 30
_numbers = itertools.count(1)
_sessions: dict[tuple[Path, Scope, str], ExecutionRole] = {}


@dataclass
class Variant:
    record: Record
    pool: ServerlessPool | InstancePool
    folder: Path

    @property
    def name(self) -> str:
        return str(self.record["VariantName"])

    @property
    def weight(self) -> float:
        return float(self.record.get("InitialVariantWeight", 1.0))

    @property
    def serverless(self) -> Record | None:
        config: Record | None = self.record.get("ServerlessConfig")
        return config

    @property
    def max_bytes(self) -> int:
        """Of a request, and of an answer."""
        return SERVERLESS_BYTES if self.serverless else REAL_TIME_BYTES

    def summary(self) -> Record:
        shown = {"VariantName": self.name, "CurrentWeight": self.weight, "DesiredWeight": self.weight}
        if self.serverless:
            return shown | {"CurrentServerlessConfig": self.serverless, "DesiredServerlessConfig": self.serverless}
        count = self.record.get("InitialInstanceCount", 1)
        return shown | {"CurrentInstanceCount": count, "DesiredInstanceCount": count}

    def close(self) -> None:
        self.pool.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Launcher:
    """Starts the variant's instances, each with a log stream of its own."""

    def __init__(
        self, cloud: Cloud, role: ExecutionRole, group: str, record: Record, container: ContainerFolder
    ) -> None:
        self._cloud, self._role, self._container = cloud, role, container
        self._group, self._name = group, record["VariantName"]
        self._deadline: float | None = time.monotonic() + cloud.settings.start_seconds
        # Made now, so that a role that may not write its log fails before a container runs.
        self._first: Stream | None = self._stream()

    @property
    def first_deadline(self) -> float:
        """The first container has what the download of the model leaves of the time."""
        assert self._deadline is not None
        return self._deadline

    def start(self) -> Instance:
        stream, self._first = self._first or LazyStream(self._stream), None
        deadline, self._deadline = self._deadline or time.monotonic() + self._cloud.settings.start_seconds, None
        parent, logs = warm_parent(self._cloud.folder), container_logs(self._cloud.folder)
        return Instance(parent, logs, self._container, stream, deadline)

    def _stream(self) -> LogStream:
        name = f"{self._name}/{_id()}"
        stream = self._role.scope.arn("logs", f"log-group:{self._group}:log-stream:{name}")
        self._role.must_allow("logs:PutLogEvents", stream)
        return LogStream(self._role, self._group, name)


def prepare_variant(cloud: Cloud, world: World, endpoint_name: str, record: Record) -> Variant:
    """With its model in place and nothing started."""
    model = MODEL.existing(world, record["ModelName"])
    container: Record = model.get("PrimaryContainer") or next(iter(model.get("Containers", [])), {})
    role = _session(cloud, world, model["ExecutionRoleArn"])
    role.must_pull(container.get("Image", ""))
    role.must_allow("cloudwatch:PutMetricData", "*", **{"cloudwatch:namespace": "/aws/sagemaker/Endpoints"})
    url, group = model_url(container), f"/aws/sagemaker/Endpoints/{endpoint_name}"
    if url:
        role.must_allow("s3:ListBucket", f"arn:aws:s3:::{split_uri(url)[0]}")
    folder = cloud.folder / "endpoints" / _id()
    serverless = record.get("ServerlessConfig")
    environment = {**container.get("Environment", {}), VARIABLE: ImageVersion.of_image(container["Image"]).tag}
    environment |= {SERVERLESS_VARIABLE: "true"} if serverless else {}
    given = ContainerFolder(folder, environment, serverless and serverless["MemorySizeInMB"])
    launcher = _Launcher(cloud, role, group, record, given)
    disk = _SERVERLESS_DISK_GIGABYTES if serverless else record.get("VolumeSizeInGB", _DEFAULT_VOLUME_GIGABYTES)
    try:
        place_model(url, folder, role.s3, disk * 1024 * MEGABYTE, launcher.first_deadline)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Variant(record, _pool(cloud, record, launcher), folder)


def _session(cloud: Cloud, world: World, role_arn: str) -> ExecutionRole:
    """Assumed anew, so that it must be possible still; but the clients, a megabyte each, are those of the first."""
    assumed = ExecutionRole(cloud, world, role_arn, "SageMaker")
    return _sessions.setdefault((cloud.folder, world.scope, role_arn), assumed)


def _pool(cloud: Cloud, record: Record, launcher: _Launcher) -> ServerlessPool | InstancePool:
    serverless = record.get("ServerlessConfig")
    if serverless is None:
        return InstancePool(launcher.start, record.get("InitialInstanceCount", 1))
    provisioned = serverless.get("ProvisionedConcurrency", 0)
    return ServerlessPool(launcher.start, serverless["MaxConcurrency"], provisioned, cloud.settings.warm_seconds)


def _id() -> str:
    """Of a folder or a log stream; unique in this process, and unlike those of another run."""
    return f"{time.time_ns():x}-{next(_numbers)}"
