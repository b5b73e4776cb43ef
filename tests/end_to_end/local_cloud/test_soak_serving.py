"""Many endpoints and many calls at once: nothing is lost, everything is counted, and all of it goes away again."""

from __future__ import annotations

import datetime as dt
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import Server, free_port
from local.stack import ROOT
from tests.end_to_end.local_cloud.serving import Serving, children, fork_servers
from tests.end_to_end.tide import eventually

_log = logging.getLogger(__name__)  # seen with --log-cli-level=INFO
CALLERS = 16
MEGABYTE = 1024**2


@pytest.fixture
def serving(cloud: Server, tmp_path: Path) -> Iterator[Serving]:
    """A cloud with room for hundreds of endpoints, whose memory nobody else uses."""
    settings = replace(
        cloud.settings, port=free_port(), serverless_endpoints=1000, serverless_concurrency=10_000, warm_seconds=600.0
    )
    with Server(settings, tmp_path / "server.log") as server:
        yield Serving(server, "soak")


def proportional_memory(pids: list[int]) -> int:
    """Bytes of these processes; what they share counts once among them."""
    return sum(_pss(pid) for pid in pids)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def everyone(serving: Serving) -> list[int]:
    parents = fork_servers(serving.cloud.pid)
    return [serving.cloud.pid, *parents, *serving.instances()]


def deploy(serving: Serving, count: int) -> list[str]:
    with ThreadPoolExecutor(CALLERS) as callers:
        names = list(callers.map(lambda number: serving.create(f"{number:03}"), range(count)))
    eventually(lambda: in_service(serving) == count, "all in service", 120)
    return names


def in_service(serving: Serving) -> int:
    pages = serving.sagemaker.get_paginator("list_endpoints").paginate(MaxResults=100)
    statuses = [endpoint["EndpointStatus"] for page in pages for endpoint in page["Endpoints"]]
    assert "Failed" not in statuses
    return statuses.count("InService")


def call(serving: Serving, names: list[str], times: int) -> tuple[set[bytes], int]:
    """Every endpoint so often, good calls and bad ones mixed: the answers, and how many were refused."""

    def one(number: int) -> bytes | int:
        name = names[number % len(names)]
        try:
            return serving.invoke(name, "1,2,3" if number % 5 else "a,b,c")
        except ClientError as refused:
            response: dict[str, Any] = {**refused.response}
            return int(response["OriginalStatusCode"])

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(one, range(len(names) * times)))
    statuses = [answer for answer in answers if isinstance(answer, int)]
    assert set(statuses) == {415}
    return {answer for answer in answers if isinstance(answer, bytes)}, len(statuses)


def delete(serving: Serving, names: list[str]) -> None:
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(lambda name: serving.sagemaker.delete_endpoint(EndpointName=name), names))
    eventually(lambda: not serving.sagemaker.list_endpoints()["Endpoints"], "all endpoints are gone")


def counted(serving: Serving, names: list[str], metric: str) -> float:
    """The sum over all endpoints, at most 500 of them."""
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": name},
                        {"Name": "VariantName", "Value": "AllTraffic"},
                    ],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(names)
    ]
    window = {"StartTime": serving.now() - dt.timedelta(hours=1), "EndTime": serving.now() + dt.timedelta(minutes=1)}
    pages = serving.client("cloudwatch").get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **window)
    return sum(sum(result["Values"]) for page in pages for result in page["MetricDataResults"])


@pytest.mark.parametrize(
    ("endpoints", "times"),
    [
        pytest.param(20, 10, id="a tenth"),
        pytest.param(200, 10, id="whole", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
    ],
)
def test_many_endpoints_and_calls_lose_nothing_and_leave_nothing(serving: Serving, endpoints: int, times: int) -> None:
    # One of each first: what is loaded once stays, and is not what this measures.
    warm_up = serving.deploy("warm-up")
    serving.invoke(warm_up)
    delete(serving, [warm_up])
    eventually(lambda: not serving.instances(), "a quiet cloud")
    before = proportional_memory(everyone(serving))

    names = deploy(serving, endpoints)
    answers, refused = call(serving, names, times)
    in_service = proportional_memory(everyone(serving))

    assert len(serving.instances()) >= endpoints
    assert len(answers) == 1
    assert counted(serving, names, "Invocations") == endpoints * times
    assert counted(serving, names, "Invocation4XXErrors") == refused == endpoints * times / 5
    assert counted(serving, names, "Invocation5XXErrors") == 0

    delete(serving, names)

    eventually(lambda: not serving.instances(), "no instance is left")
    after = proportional_memory(everyone(serving))
    assert children(serving.cloud.pid) == fork_servers(serving.cloud.pid)
    each = (in_service - before) / endpoints / MEGABYTE
    sizes = (size // MEGABYTE for size in (before, in_service, after))
    _log.info("%d endpoints: %d MB before, %d with an instance of each, %d after", endpoints, *sizes)
    assert each < 15  # one that is started by itself takes 60
    # What remains are the records of calls, metrics and logs, and what the allocator keeps.
    assert after - before < 20 * MEGABYTE + (in_service - before) // 10


PROMISED = ("start to ready", "cold invocation, slowest of 10")
ROWS = (
    *PROMISED,
    "a plain call (GetCallerIdentity), median",
    "an interpreter that loads xgboost",
    "cold invocation, median",
    "warm invocation, serverless, median",
    "warm invocation, real-time, median",
    "cold-0: 200 calls, 16 at a time, each",
    "real-time: 200 calls, 16 at a time, each",
)


@pytest.mark.soak
def test_the_benchmark_prints_every_row_and_cold_starts_are_in_time() -> None:
    """The better of two runs counts, since others use the machine too; warm calls are milliseconds, and not judged."""
    first = benchmark()
    late = [what for what in PROMISED if first[what][0] >= first[what][1]]
    again = benchmark() if late else {}

    for what in late:
        assert again[what][0] < again[what][1], (first, again)


def benchmark() -> dict[str, tuple[float, float]]:
    """Milliseconds and their limit, by what was measured."""
    command = [sys.executable, "-m", "benchmarks.local_cloud"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100).stdout
    found = re.findall(r"^(\S.*?) +([\d.]+) ms +(?:(\d+) ms +)?[\d.]+$", printed, re.MULTILINE)
    measured = {what: (float(took), float(limit or "inf")) for what, took, limit in found}
    assert set(measured) == set(ROWS), printed
    assert all(measured[what][1] < float("inf") for what in PROMISED), printed
    return measured
