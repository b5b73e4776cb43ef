"""Endpoints with small models, in a local cloud, without a training job."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import xgboost
from botocore.config import Config

from local.server import Server
from local.stack import REGION
from tests.end_to_end.tide import eventually

REPOSITORY = "sagemaker-xgboost"
IMAGE = f"492215442770.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:3.2-0"
CLASSES = 600
SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 5}
WITHOUT_NGINX = {"SAGEMAKER_USE_NGINX": "false"}  # which cannot start on serverless
# One attempt: what is refused must be seen, not hidden by a retry.
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=70, max_pool_connections=64)


@cache
def tiny_model(*, classes: int = 0) -> bytes:
    """Three features and a number, or so many class probabilities."""
    xgboost.set_config(nthread=1)  # threads of several test workers spin against each other
    chance = np.random.default_rng(1)
    rows = chance.normal(size=(max(50, classes), 3))
    labels = np.arange(classes) if classes else rows.sum(axis=1)
    matrix = xgboost.DMatrix(rows, label=labels, nthread=1)
    objective = {"objective": "multi:softprob", "num_class": classes} if classes else {"objective": "reg:squarederror"}
    booster = xgboost.train({**objective, "nthread": 1, "max_depth": 1}, matrix, 1)
    return bytes(booster.save_raw("ubj"))


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A `model.tar.gz` with exactly these members, whatever they are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def file(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def _allow(resource: str | Sequence[str], *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


class Serving:
    """A bucket, a serving role and whatever endpoints a test makes of them; names begin with `name`."""

    def __init__(self, cloud: Server, name: str) -> None:
        self.cloud, self.name = cloud, name
        self._clients: dict[str, Any] = {}
        self.role = self._make_role()
        location = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
        self.tiny = self.upload("tiny", archive(file("xgboost-model", tiny_model())))

    def client(self, service: str) -> Any:
        """One for all threads: making one costs as much as twenty calls."""
        if service not in self._clients:
            self._clients[service] = self.new_client(service, ONCE)
        return self._clients[service]

    def new_client(self, service: str, config: Config) -> Any:
        settings = self.cloud.settings
        session = boto3.session.Session(settings.access_key, settings.secret, region_name=REGION)
        client: Any = session.client
        return client(service, endpoint_url=settings.endpoint_url, config=config.merge(Config(proxies={})))

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @property
    def runtime(self) -> Any:
        return self.client("sagemaker-runtime")

    @cached_property
    def wide(self) -> str:
        """A model whose answers are a thousand times as long as its questions."""
        return self.upload("wide", archive(file("xgboost-model", tiny_model(classes=CLASSES))))

    def _make_role(self) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        pull = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
        logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
        statements = [
            _allow([f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"], "s3:GetObject", "s3:ListBucket"),
            _allow("*", "ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"),
            _allow(f"arn:aws:ecr:*:*:repository/{REPOSITORY}", *pull),
            _allow("arn:aws:logs:*:*:log-group:/aws/sagemaker/Endpoints/*", *logs),
        ]
        iam = self.client("iam")
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=self.name, PolicyName="serve", PolicyDocument=policy)
        return str(arn)

    def upload(self, name: str, content: bytes) -> str:
        self.client("s3").put_object(Bucket=self.name, Key=f"{name}/model.tar.gz", Body=content)
        return f"s3://{self.name}/{name}/model.tar.gz"

    def config(self, name: str, *variants: dict[str, Any], data: str | None = None, **environment: str) -> str:
        """A model and a config of this name; each variant adds to, or takes the place of, a serverless default."""
        variables = WITHOUT_NGINX | environment
        container = {"Image": IMAGE, "ModelDataUrl": data or self.tiny, "Environment": variables}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=self.role, PrimaryContainer=container)
        wanted = [
            {"VariantName": "AllTraffic", "ModelName": name, **(variant or {"ServerlessConfig": SERVERLESS})}
            for variant in variants or ({},)
        ]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=wanted)
        return name

    def create(self, suffix: str, *variants: dict[str, Any], data: str | None = None, **environment: str) -> str:
        """An endpoint that is being created; its name, which is its config's too."""
        name = self.config(f"{self.name}-{suffix}", *variants, data=data, **environment)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return name

    def deploy(self, suffix: str, *variants: dict[str, Any], data: str | None = None, **environment: str) -> str:
        name = self.create(suffix, *variants, data=data, **environment)
        self.until(name, "InService")
        return name

    def until(self, name: str, status: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
            assert status == "Failed" or found["EndpointStatus"] != "Failed", found["FailureReason"]
            return found if found["EndpointStatus"] == status else None

        return eventually(look, f"{name} {status}")

    def invoke(self, name: str, body: str | bytes = "1,2,3", **more: Any) -> bytes:
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="text/csv", **more)
        return bytes(answer["Body"].read())

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.cloud.door("clock")["offset_seconds"])

    def datapoints(self, name: str, metric: str, variant: str = "AllTraffic") -> dict[str, float]:
        """Sum and SampleCount over the last day and the next; zeros where there is no datapoint."""
        now = self.now()
        found = self.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": variant}],
            StartTime=now - dt.timedelta(hours=12),
            EndTime=now + dt.timedelta(hours=1),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return {statistic: sum(point[statistic] for point in found) for statistic in ("Sum", "SampleCount")}

    def instances(self) -> list[int]:
        """The serving processes of all endpoints."""
        return [pid for parent in fork_servers(self.cloud.pid) for pid in children(parent)]


class Watch:
    """The instances that were started since, and still run."""

    def __init__(self, serving: Serving) -> None:
        self._serving, self._before = serving, set(serving.instances())

    def __call__(self) -> list[int]:
        return [pid for pid in self._serving.instances() if pid not in self._before]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A container that hangs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if running(pid):
            os.kill(pid, signal.SIGCONT)


def serverless(**config: int) -> dict[str, Any]:
    return {"ServerlessConfig": SERVERLESS | config}


def race(callers: ThreadPoolExecutor, serving: Serving, name: str) -> tuple[Future[bytes], Future[bytes]]:
    """Two calls at once: the one that ended, and the one that did not."""
    calls = [callers.submit(serving.invoke, name) for _ in range(2)]
    [ended], [pending] = wait(calls, timeout=50, return_when=FIRST_COMPLETED)
    return ended, pending


def fork_servers(server: int) -> list[int]:
    return [pid for pid in children(server) if b"local.container.fork_server" in _read(pid, "cmdline")]


def children(parent: int) -> list[int]:
    """Of a process, zombies left out."""
    found = []
    for folder in Path("/proc").iterdir():
        fields = _read(int(folder.name), "stat").rpartition(b")")[2].split() if folder.name.isdigit() else []
        if fields and int(fields[1]) == parent and fields[0] != b"Z":
            found.append(int(folder.name))
    return sorted(found)


def running(pid: int) -> bool:
    return _read(pid, "stat").rpartition(b")")[2].split()[:1] not in ([], [b"Z"])


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
