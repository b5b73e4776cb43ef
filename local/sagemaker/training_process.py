"""The algorithm at work: its container's configuration, its process, what it printed, and how it ended."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from local.container.versions import VARIABLE, ImageVersion
from local.sagemaker.role import LogStream
from local.sagemaker.state import Record

_METRIC = re.compile(r"(train|validation)-([\w@.]+):([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)")
_TERMINATION_SECONDS = 120
_FAILURE_LENGTH = 1024
_MOST_METRICS = 40


def configure(ml: Path, job: Record) -> None:
    """`input/config/*.json`, as the platform fills them."""
    channels = {
        channel["ChannelName"]: {
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
            "TrainingInputMode": channel.get("InputMode", job["AlgorithmSpecification"]["TrainingInputMode"]),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel["RecordWrapperType"],
        }
        for channel in job["InputDataConfig"]
    }
    hosts = [f"algo-{number}" for number in range(1, job["ResourceConfig"]["InstanceCount"] + 1)]
    host = {"current_host": hosts[0], "hosts": hosts, "network_interface_name": "eth0"}
    checkpoints = job.get("CheckpointConfig")
    folder = ml / "input/config"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("hyperparameters", job["HyperParameters"]),
        ("inputdataconfig", channels),
        ("resourceconfig", host),
        ("checkpointconfig", checkpoints and {"LocalPath": "/opt/ml/checkpoints", **checkpoints}),
    ):
        if content is None:
            continue
        (folder / f"{name}.json").write_text(json.dumps(content))


class TrainingProcess:
    """Runs as soon as it is made; what it prints goes to its log stream as it comes."""

    def __init__(self, ml: Path, log: LogStream, image: str) -> None:
        self._ml, self._log = ml, log
        self._lines: list[str] = []
        self._sent = 0
        for name in ("model", "output"):
            (ml / name).mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.sagemaker.training_child", str(ml)],
            cwd=Path(__file__).parents[2],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONDONTWRITEBYTECODE": "1",
                # One thread: on a small machine several jobs would spin against each other.
                "OMP_NUM_THREADS": "1",
                VARIABLE: ImageVersion.of_image(image).tag,
            },
            stdin=subprocess.PIPE,  # never written to: it closes when this process is no more
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._lines.extend, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def runs(self, seconds: float) -> bool:
        """Whether it still runs after so many seconds."""
        self._flush()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def terminate(self) -> None:
        """SIGTERM, and SIGKILL 120 seconds later."""
        self._process.terminate()
        try:
            self._process.wait(_TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def close(self) -> None:
        self.kill()
        self._flush()

    def kill(self) -> None:
        """With whatever it printed last pending: there may be nobody left to tell it to."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def failure(self) -> str | None:
        """What the algorithm wrote about its failure."""
        code = self._process.returncode
        if not code:
            return None
        written = self._ml / "output/failure"
        text = written.read_text(errors="replace") if written.exists() else f"process ended with exit code {code}"
        return text[:_FAILURE_LENGTH]

    def final_metrics(self) -> list[Record]:
        """The last value of each metric, widened from float32, as the log had it; `nan` and `inf` match nothing."""
        found: dict[str, float] = {}
        for line in self._lines:
            if re.match(r"\[\d+\]", line):
                found |= {f"{data}:{metric}": _as_float32(value) for data, metric, value in _METRIC.findall(line)}
        now = time.time()
        shown = list(found.items())[:_MOST_METRICS]
        return [{"MetricName": name, "Value": value, "Timestamp": now} for name, value in shown]

    def _flush(self) -> None:
        new = self._lines[self._sent :]
        if new:
            self._log.write([line.rstrip("\n") for line in new])
            self._sent += len(new)


def _as_float32(text: str) -> float:
    """SageMaker keeps metrics as float32: 1.19876 comes back as 1.1987600326538086."""
    return ctypes.c_float(float(text)).value
