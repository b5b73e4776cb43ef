"""One training job from Starting to its end: data in, the algorithm in a process of its own, the artifact out."""

from __future__ import annotations

import shutil
import tarfile
import time
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from local.sagemaker import events
from local.sagemaker.role import ExecutionRole, LogStream, NotPermittedError, split_uri
from local.sagemaker.state import Cloud, Record, World
from local.sagemaker.training_process import TrainingProcess, configure

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
REASON_LENGTH = 1024
_STEPS = {
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
}


class JobFailedError(Exception):
    """Ends the job as Failed with this reason."""


class JobStoppedError(Exception):
    """Ends the job as Stopped: on request, or because its time was up (`MaxRuntimeExceeded`)."""


def enter(job: Record, secondary: str, message: str) -> float:
    """The next secondary status; the one before it ends. Now."""
    now = time.time()
    steps: list[dict[str, Any]] = job["SecondaryStatusTransitions"]
    steps[-1].setdefault("EndTime", now)
    steps.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
    job |= {"SecondaryStatus": secondary, "LastModifiedTime": now}
    return now


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
        except JobStoppedError as stopped:
            self._end("Stopped", str(stopped), "Training job stopped")
        except (JobFailedError, NotPermittedError) as failed:
            self._fail(str(failed))
        except ClientError as error:
            self._fail(f"ClientError: {error.operation_name} failed: {_words(error)}")
        except Exception as error:
            if self._cloud.stopping.is_set():
                return  # S3 and Logs have stopped before
            self._fail(f"InternalServerError: {error}")
            raise
        finally:
            shutil.rmtree(self._ml.parent, ignore_errors=True)

    def _work(self) -> None:
        self._wait()
        role = ExecutionRole(self._cloud, self._world, self._job["RoleArn"], "SageMaker")
        role.must_pull(self._job["AlgorithmSpecification"]["TrainingImage"])
        role.must_allow("cloudwatch:PutMetricData", "*", **{"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"})
        self._enter("Downloading")
        log = LogStream(role, LOG_GROUP, f"{self._job['TrainingJobName']}/algo-1-{int(time.time())}")
        self._download(role)
        self._wait()
        self._enter("Training")
        self._job["TrainingStartTime"] = time.time()
        ended = self._train(log)
        if ended is None:
            self._enter("Uploading")
            self._wait()
        self._upload(role)
        if ended:
            raise JobStoppedError(ended)

    def _download(self, role: ExecutionRole) -> None:
        """Each channel's objects below `input/data/<channel>`, and the container's configuration beside them."""
        for channel in self._job["InputDataConfig"]:
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            bucket, prefix = split_uri(uri)
            pages = role.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
            if not keys:
                raise JobFailedError(f"ClientError: Data download failed: No S3 objects found under {uri}")
            folder = self._ml / "input/data" / channel["ChannelName"]
            for key in keys:
                _place(role, bucket, key, folder / (key[len(prefix) :].lstrip("/") or _name(key)))
        configure(self._ml, self._job)

    def _train(self, log: LogStream) -> str | None:
        """None when the algorithm ended by itself, else the secondary status of a job that was stopped."""
        if self._cloud.stopping.is_set():
            raise JobStoppedError("Stopped")
        process = TrainingProcess(self._ml, log, self._job["AlgorithmSpecification"]["TrainingImage"])
        deadline = time.time() + self._job["StoppingCondition"]["MaxRuntimeInSeconds"]
        try:
            while process.runs(0.02):
                if self._is_stopping() or time.time() > deadline:
                    if self._cloud.stopping.is_set():
                        raise JobStoppedError("Stopped")
                    process.terminate()
                    return "Stopped" if self._is_stopping() else "MaxRuntimeExceeded"
        finally:
            if self._cloud.stopping.is_set():
                process.kill()
            else:
                process.close()
            self._job["FinalMetricDataList"] = process.final_metrics()
        if failure := process.failure():
            raise JobFailedError(f"AlgorithmError: {failure}")
        return None

    def _upload(self, role: ExecutionRole) -> None:
        """Whatever the algorithm left in the model folder, also after it was stopped."""
        files = sorted((self._ml / "model").iterdir())
        if not files:
            return
        archive = self._ml / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for path in files:
                tar.add(path, arcname=path.name)
        bucket, key = split_uri(self._job["ModelArtifacts"]["S3ModelArtifacts"])
        try:
            role.s3.upload_file(str(archive), bucket, key)
        except (S3UploadFailedError, ClientError) as error:
            raise JobFailedError(f"ClientError: Artifact upload failed: {error}") from error

    def _is_stopping(self) -> bool:
        return self._job["TrainingJobStatus"] == "Stopping" or self._cloud.stopping.is_set()

    def _wait(self) -> None:
        deadline = time.time() + self._pause
        while (left := deadline - time.time()) > 0 and not self._is_stopping():
            self._cloud.wait(min(left, 0.05))
        if self._is_stopping():
            raise JobStoppedError("Stopped")

    def _enter(self, secondary: str) -> None:
        with self._world.lock:
            if self._is_stopping():
                return
            enter(self._job, secondary, _STEPS[secondary])
        events.training_job_changed(self._cloud, self._world, self._job)

    def _fail(self, reason: str) -> None:
        self._job["FailureReason"] = reason[:REASON_LENGTH]
        self._end("Failed", "Failed", "Training job failed")

    def _end(self, status: str, secondary: str, message: str) -> None:
        with self._world.lock:
            now = enter(self._job, secondary, message)
            self._job["SecondaryStatusTransitions"][-1]["EndTime"] = now
            self._job |= {"TrainingJobStatus": status, "TrainingEndTime": now}
            if "TrainingStartTime" in self._job:
                seconds = int(now - self._job["TrainingStartTime"]) or 1
                self._job |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        if not self._cloud.stopping.is_set():
            events.training_job_changed(self._cloud, self._world, self._job)


def _name(key: str) -> str:
    """What an object is called whose key is the whole prefix; nothing for one that stands for the folder itself."""
    return key.rpartition("/")[2]


def _place(role: ExecutionRole, bucket: str, key: str, target: Path) -> None:
    """The object below its prefix's folder, hierarchy and all. A key that ends with a slash stands for a folder."""
    if ".." in target.parts:
        raise JobFailedError(f"ClientError: Data download failed: {key} leads out of its channel")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if key.endswith("/"):
            target.mkdir(exist_ok=True)
        else:
            role.s3.download_file(bucket, key, str(target))
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as taken:
        raise JobFailedError(f"ClientError: Data download failed: {key} is a file and a folder") from taken


def _words(error: ClientError) -> str:
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
