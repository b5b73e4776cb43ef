"""How quick the local cloud is: `python -m benchmarks.local_cloud`.

Starts one of its own, trains a small model in it, and prints a table. Each figure is also shown as a multiple of a
plain call in the same run, since machines differ more than the ratios do.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.server import Server, free_port
from local.settings import Settings
from local.stack import REGION, ROOT

NAME = "benchmark"
IMAGE = f"492215442770.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0"
COLD, WARM, CALLERS = 10, 200, 16
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": CALLERS}}
REAL_TIME = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
ROWS = "".join(f"{a + 2 * b - c},{a},{b},{c}\n" for a in range(5) for b in range(4) for c in range(3))


@dataclass
class Table:
    """What was measured, in seconds, and what the project promises."""

    rows: list[tuple[str, float, float | None]] = field(default_factory=list)

    def add(self, what: str, seconds: float, limit: float | None = None) -> None:
        self.rows.append((what, seconds, limit))

    def show(self, unit: float) -> None:
        print(f"{'':46}{'measured':>12}{'limit':>10}{'plain calls':>14}")
        for what, seconds, limit in self.rows:
            shown = f"{limit * 1000:.0f} ms" if limit else ""
            print(f"{what:46}{seconds * 1000:>9.1f} ms{shown:>10}{seconds / unit:>14.1f}")

    @property
    def kept(self) -> bool:
        return all(limit is None or seconds < limit for _, seconds, limit in self.rows)


class Bench:
    """Everything in one account, with a role that may do everything."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.sagemaker, self.runtime = self.client("sagemaker"), self.client("sagemaker-runtime")
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam = self.client("iam")
        self.role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=_document(everything))

    def client(self, service: str) -> Any:
        return self._server.admin.client(service)

    def train(self) -> str:
        """Where the model of a small job is."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=NAME, Key="train.csv", Body=ROWS.encode())
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{NAME}/train.csv"}
        self.sagemaker.create_training_job(
            TrainingJobName=NAME,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            RoleArn=self.role,
            InputDataConfig=[
                {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{NAME}/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            HyperParameters={"num_round": "5"},
        )
        ended = _until(self.sagemaker.describe_training_job, "TrainingJobStatus", "Completed", TrainingJobName=NAME)
        return str(ended["ModelArtifacts"]["S3ModelArtifacts"])

    def deploy(self, name: str, variant: dict[str, Any], model: str) -> str:
        container = {"Image": IMAGE, "ModelDataUrl": model, "Environment": {"SAGEMAKER_USE_NGINX": "false"}}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=self.role, PrimaryContainer=container)
        variants = [{"VariantName": "AllTraffic", "ModelName": name, **variant}]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        _until(self.sagemaker.describe_endpoint, "EndpointStatus", "InService", EndpointName=name)
        return name

    def invoke(self, name: str) -> None:
        self.runtime.invoke_endpoint(EndpointName=name, Body="1,2,3", ContentType="text/csv")["Body"].read()


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _until(describe: Callable[..., Any], member: str, wanted: str, **named: str) -> dict[str, Any]:
    while (found := describe(**named))[member] != wanted:
        if found[member] in ("Failed", "Stopped"):
            raise SystemExit(f"{named}: {found['FailureReason']}")
        time.sleep(0.02)
    return dict(found)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(work: Callable[[], object], times: int = WARM) -> float:
    work()
    return statistics.median(_seconds(work) for _ in range(times))


def measure(server: Server, table: Table) -> float:
    """Fill the table; a plain call's seconds."""
    bench = Bench(server)
    plain = _median(bench.client("sts").get_caller_identity)
    table.add("a plain call (GetCallerIdentity), median", plain)
    loading = [sys.executable, "-c", "import local.container.invocations"]
    table.add("an interpreter that loads xgboost", _seconds(lambda: subprocess.run(loading, cwd=ROOT, check=True)))
    model = bench.train()
    endpoints = [bench.deploy(f"cold-{number}", SERVERLESS, model) for number in range(COLD)]
    cold = [_seconds(lambda name=name: bench.invoke(name)) for name in endpoints]  # type: ignore[misc]
    table.add(f"cold invocation, slowest of {COLD}", max(cold), 1.5)
    table.add("cold invocation, median", statistics.median(cold))
    table.add("warm invocation, serverless, median", _median(lambda: bench.invoke(endpoints[0])), 0.010)
    real_time = bench.deploy("real-time", REAL_TIME, model)
    table.add("warm invocation, real-time, median", _median(lambda: bench.invoke(real_time)), 0.010)
    for name in (endpoints[0], real_time):
        with ThreadPoolExecutor(CALLERS) as callers:
            took = _seconds(lambda name=name: list(callers.map(bench.invoke, [name] * WARM)))  # type: ignore[misc]
        table.add(f"{name}: {WARM} calls, {CALLERS} at a time, each", took / WARM)
    return plain


@contextmanager
def started(table: Table) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.1, delete_seconds=0.1)
        server = Server(settings, Path(folder) / "server.log")
        table.add("start to ready", _seconds(server.start), 2.0)
        try:
            yield server
        finally:
            server.stop()


def main() -> int:
    table = Table()
    with started(table) as server:
        plain = measure(server, table)
    table.show(plain)
    return 0 if table.kept else 1


if __name__ == "__main__":
    sys.exit(main())
