"""The running side of an endpoint: the model's files, and serverless instances that come and go with the calls."""

from __future__ import annotations

import contextlib
import shutil
import tarfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.errors import Throttled
from local.sagemaker.instance import Instance, InstanceFailedError
from local.sagemaker.models import CONFIG, MODEL
from local.sagemaker.role import ExecutionRole, LogStream, NotPermittedError
from local.sagemaker.state import Cloud, Record, World


class HostingFailedError(Exception):
    """An endpoint cannot be brought into service, for the reason given."""


@dataclass
class Host:
    """One config of an endpoint in service. At most `max_concurrency` instances, each serving one call at a time."""

    cloud: Cloud
    variant: Record
    environment: dict[str, str]
    folder: Path
    log: LogStream
    idle: list[Instance] = field(default_factory=list)
    busy: int = 0
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def max_concurrency(self) -> int:
        return int(self.variant.get("ServerlessConfig", {}).get("MaxConcurrency", 1000))

    def summaries(self) -> list[Record]:
        """ProductionVariants as DescribeEndpoint shows them."""
        serverless = self.variant.get("ServerlessConfig")
        shown = {"VariantName": self.variant["VariantName"], "CurrentWeight": 1.0, "DesiredWeight": 1.0}
        return [shown | ({"CurrentServerlessConfig": serverless} if serverless else {})]

    @contextlib.contextmanager
    def instance(self) -> Any:
        """A warm instance if there is one, else a new one: `(instance, seconds its start took)`."""
        with self.lock:
            if self.busy >= self.max_concurrency:
                raise Throttled("Rate exceeded: the endpoint's MaxConcurrency is reached")
            self.busy += 1
            found = self.idle.pop() if self.idle else None
        try:
            instance, setup = (found, 0.0) if found else self._start()
            yield instance, setup
            self._give_back(instance)
        finally:
            with self.lock:
                self.busy -= 1

    def _start(self) -> tuple[Instance, float]:
        began = time.monotonic()
        instance = Instance(self.folder, self.environment, self.log)
        return instance, time.monotonic() - began

    def _give_back(self, instance: Instance) -> None:
        with self.lock:
            if not self.closed and instance.alive:
                instance.idle_since = time.time()
                self.idle.append(instance)
                return
        instance.stop()

    def cool_down(self) -> None:
        """Stop the instances that nobody called for a while."""
        until = time.time() - self.cloud.settings.warm_seconds
        with self.lock:
            cold = [instance for instance in self.idle if instance.idle_since < until]
            self.idle = [instance for instance in self.idle if instance not in cold]
        for instance in cold:
            instance.stop()

    def close(self) -> None:
        with self.lock:
            self.closed, leaving, self.idle = True, self.idle, []
        for instance in leaving:
            instance.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def prepare(cloud: Cloud, world: World, endpoint_name: str, config_name: str) -> Host:
    """Fetch the model with its role's permissions, start it once, and see that `/ping` answers."""
    try:
        variant = CONFIG.existing(world, config_name)["ProductionVariants"][0]
        model = MODEL.existing(world, variant["ModelName"])
        role = ExecutionRole(cloud, world, model["ExecutionRoleArn"], "SageMaker")
        container = model["PrimaryContainer"]
        role.must_pull(container["Image"])
        role.must_allow("cloudwatch:PutMetricData", "*", **{"cloudwatch:namespace": "/aws/sagemaker/Endpoints"})
        log = LogStream(role, f"/aws/sagemaker/Endpoints/{endpoint_name}", f"{variant['VariantName']}/{time.time_ns()}")
        folder = cloud.folder / "endpoints" / f"{endpoint_name}-{time.time_ns()}"
        _fetch_model(role, container["ModelDataUrl"], folder)
        host = Host(cloud, variant, container.get("Environment", {}), folder, log)
        Instance(folder, host.environment, log).stop()
    except (NotPermittedError, ClientError, InstanceFailedError, tarfile.TarError, KeyError) as error:
        raise HostingFailedError(str(error)) from error
    return host


def _fetch_model(role: ExecutionRole, url: str, folder: Path) -> None:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    (folder / "model").mkdir(parents=True)
    archive = folder / "model.tar.gz"
    role.s3.download_file(bucket, key, str(archive))
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "model", filter="data")
    archive.unlink()
