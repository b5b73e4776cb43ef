"""One training job from Starting to its end: data in, the algorithm in a process of its own, the artifact out."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker import events
from local.sagemaker.role import ExecutionRole, LogStream, NotPermittedError
from local.sagemaker.state import Cloud, Record, World

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_METRIC = re.compile(r"(train|validation)-([\w@.]+):([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)")
_REASON_LENGTH = 1024
_STEPS = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
}


class JobFailedError(Exception):
    """Ends the job as Failed with this reason."""


class JobStoppedError(Exception):
    """Ends the job as Stopped: on request, or because its time was up (`MaxRuntimeExceeded`)."""


class TrainingRun:
    def __init__(self, cloud: Cloud, world: World, job: Record) -> None:
        self._cloud, self._world, self._job = cloud, world, job
        self._ml = cloud.folder / "jobs" / job["TrainingJobName"] / "ml"
        self._pause = cloud.settings.training_seconds / 4

    def run(self) -> None:
        """The whole life of the job; every way it can end is a status and an event."""
        try:
            self._work()
            self._end("Completed", "Completed", "Training job completed")
        except (JobFailedError, NotPermittedError) as failed:
            self._job["FailureReason"] = str(failed)[:_REASON_LENGTH]
            self._end("Failed", "Failed", "Training job failed")
        except JobStoppedError as stopped:
            self._end("Stopped", str(stopped), "Training job stopped")
        finally:
            shutil.rmtree(self._ml.parent, ignore_errors=True)

    def _work(self) -> None:
        self._wait()
        role = ExecutionRole(self._cloud, self._world, self._job["RoleArn"], "SageMaker")
        role.must_pull(self._job["AlgorithmSpecification"]["TrainingImage"])
        role.must_allow("cloudwatch:PutMetricData", "*", **{"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"})
        self._enter("Downloading")
        try:
            log = LogStream(role, LOG_GROUP, f"{self._job['TrainingJobName']}/algo-1-{int(time.time())}")
            self._download(role)
        except ClientError as error:
            raise JobFailedError(f"ClientError: {error.operation_name} failed: {_words(error)}") from error
        self._wait()
        self._enter("Training")
        self._job["TrainingStartTime"] = time.time()
        self._train(log)
        self._enter("Uploading")
        self._wait()
        self._upload(role)

    def _download(self, role: ExecutionRole) -> None:
        """Each channel's objects below `input/data/<channel>`, and the container's configuration beside them."""
        for channel in self._job["InputDataConfig"]:
            source = channel["DataSource"]["S3DataSource"]
            bucket, _, prefix = source["S3Uri"].removeprefix("s3://").partition("/")
            pages = role.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
            if not keys:
                raise JobFailedError(f"ClientError: Data download failed: No S3 objects found under {source['S3Uri']}")
            for key in keys:
                inside = key[len(prefix) :].lstrip("/") if key != prefix else ""
                target = self._ml / "input/data" / channel["ChannelName"] / (inside or Path(key).name)
                target.parent.mkdir(parents=True, exist_ok=True)
                role.s3.download_file(bucket, key, str(target))
        self._configure()

    def _configure(self) -> None:
        channels = {
            channel["ChannelName"]: {
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
                "TrainingInputMode": channel.get("InputMode", self._job["AlgorithmSpecification"]["TrainingInputMode"]),
                "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                    "S3DataDistributionType", "FullyReplicated"
                ),
                "RecordWrapperType": channel["RecordWrapperType"],
            }
            for channel in self._job["InputDataConfig"]
        }
        host = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
        folder = self._ml / "input/config"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            ("hyperparameters", self._job["HyperParameters"]),
            ("inputdataconfig", channels),
            ("resourceconfig", host),
        ):
            (folder / f"{name}.json").write_text(json.dumps(content))

    def _train(self, log: LogStream) -> None:
        for name in ("model", "output"):
            (self._ml / name).mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "local.container.train", str(self._ml)],
            cwd=Path(__file__).parents[2],
            # One thread: on a small machine several jobs would spin against each other.
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = _Output(process, log)
        try:
            ended = self._watch(process, output)
        finally:
            process.kill()
            process.wait()
            output.close()
        self._record_metrics(output.lines)
        if ended:
            raise JobStoppedError(ended)
        if process.returncode:
            raise JobFailedError(self._failure(process.returncode))

    def _watch(self, process: subprocess.Popen[str], output: _Output) -> str | None:
        """None when the algorithm ended by itself, else the secondary status of a job that was stopped."""
        deadline = time.time() + self._job["StoppingCondition"]["MaxRuntimeInSeconds"]
        while process.poll() is None:
            stopping = self._job["TrainingJobStatus"] == "Stopping" or self._cloud.stopping.is_set()
            if stopping or time.time() > deadline:
                process.terminate()
                process.wait()
                return "Stopped" if stopping else "MaxRuntimeExceeded"
            output.flush()
            self._cloud.stopping.wait(0.02)
        return None

    def _failure(self, code: int) -> str:
        written = self._ml / "output/failure"
        text = written.read_text(errors="replace") if written.exists() else f"process ended with exit code {code}"
        return f"AlgorithmError: {text[:_REASON_LENGTH]}"

    def _record_metrics(self, lines: list[str]) -> None:
        """The last value of each metric, widened from float32, as the log had it; `nan` matches nothing."""
        found: dict[str, float] = {}
        for line in lines:
            if re.match(r"\[\d+\]", line):
                found |= {f"{data}:{metric}": _as_float32(value) for data, metric, value in _METRIC.findall(line)}
        now = time.time()
        self._job["FinalMetricDataList"] = [
            {"MetricName": name, "Value": value, "Timestamp": now} for name, value in found.items()
        ]

    def _upload(self, role: ExecutionRole) -> None:
        name, base = self._job["TrainingJobName"], self._job["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        uri = f"{base}/{name}/output/model.tar.gz"
        archive = self._ml / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for path in sorted((self._ml / "model").iterdir()):
                tar.add(path, arcname=path.name)
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            role.s3.upload_file(str(archive), bucket, key)
        except Exception as error:
            raise JobFailedError(f"ClientError: Artifact upload failed: {error}") from error
        self._job["ModelArtifacts"] = {"S3ModelArtifacts": uri}

    def _wait(self) -> None:
        if not self._cloud.wait(self._pause) or self._job["TrainingJobStatus"] == "Stopping":
            raise JobStoppedError("Stopped")

    def _enter(self, secondary: str) -> None:
        with self._world.lock:
            self._transition(secondary, _STEPS[secondary])
        events.training_job_changed(self._world, self._job)

    def _end(self, status: str, secondary: str, message: str) -> None:
        with self._world.lock:
            self._transition(secondary, message)
            now = time.time()
            self._job["SecondaryStatusTransitions"][-1]["EndTime"] = now
            self._job |= {"TrainingJobStatus": status, "TrainingEndTime": now}
            seconds = int(now - self._job.get("TrainingStartTime", now)) or 1
            self._job |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        if not self._cloud.stopping.is_set():
            events.training_job_changed(self._world, self._job)

    def _transition(self, secondary: str, message: str) -> None:
        now = time.time()
        steps: list[dict[str, Any]] = self._job["SecondaryStatusTransitions"]
        steps[-1].setdefault("EndTime", now)
        steps.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self._job |= {"SecondaryStatus": secondary, "LastModifiedTime": now}


class _Output:
    """What the algorithm prints, kept and passed on to its log stream as it comes."""

    def __init__(self, process: subprocess.Popen[str], log: LogStream) -> None:
        self.lines: list[str] = []
        self._log, self._sent = log, 0
        assert process.stdout is not None
        self._reader = threading.Thread(target=self.lines.extend, args=(process.stdout,), daemon=True)
        self._reader.start()

    def flush(self) -> None:
        new = self.lines[self._sent :]
        if new:
            self._log.write([line.rstrip("\n") for line in new])
            self._sent += len(new)

    def close(self) -> None:
        self._reader.join()
        self.flush()


def _as_float32(text: str) -> float:
    """SageMaker keeps metrics as float32: 1.19876 comes back as 1.1987600326538086."""
    return float(struct.unpack("f", struct.pack("f", float(text)))[0])


def _words(error: ClientError) -> str:
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
