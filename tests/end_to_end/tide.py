"""What a person would do with the deployed stack, and how they would look at it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, Upload, run_id
from local import signed_request, stack
from local.server import Server
from local.signed_request import Answer
from tests.end_to_end.passing_time import TICK_SECONDS, eventually_moved, growing_pauses

ABALONE = Path(__file__).parents[2] / "examples/abalone.csv"
DEADLINE_SECONDS = 200.0  # only something broken meets it, however busy the machine is
T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    for pause in growing_pauses():
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass(frozen=True)
class Tide:
    cloud: Server
    outputs: dict[str, str]

    @property
    def bucket(self) -> str:
        return self.outputs["DataBucketName"]

    @cached_property
    def s3(self) -> Any:
        return self.cloud.admin.client("s3")

    @cached_property
    def sagemaker(self) -> Any:
        return self.cloud.admin.client("sagemaker")

    @cached_property
    def logs(self) -> Any:
        return self.cloud.admin.client("logs")

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.cloud.admin.client("dynamodb"), self.outputs["LedgerTableName"])

    def upload(self, model: str, content: bytes | str, name: str = "data.csv", settings: str | None = None) -> str:
        """The version id of the new object."""
        if settings is not None:
            self.s3.put_object(Bucket=self.bucket, Key=f"datasets/{model}/model.toml", Body=settings.encode())
        body = content.encode() if isinstance(content, str) else content
        put = self.s3.put_object(Bucket=self.bucket, Key=f"datasets/{model}/{name}", Body=body)
        return str(put["VersionId"])

    def latest(self, model: str) -> dict[str, Any] | None:
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=f"runs/{model}/latest.json")
        except ClientError:
            return None
        return dict(json.load(found["Body"]))

    def until(self, model: str, stage: str) -> dict[str, Any]:
        """`latest.json` once it shows this stage."""

        def look() -> dict[str, Any] | None:
            latest = self.latest(model)
            return latest if latest and latest["stage"] == stage else None

        return eventually_moved(self.cloud, look, f"runs/{model}/latest.json shows {stage!r}")

    def live(self, model: str, run: str | None = None) -> str:
        """The run (this one) that is announced to be live."""

        def look() -> str | None:
            latest = self.latest(model)
            is_it = latest and latest["stage"] == "live" and run in (None, latest["run"])
            return str(latest["run"]) if latest and is_it else None

        return eventually_moved(self.cloud, look, f"{run or 'a run'} of {model} live")

    def run(self, model: str, version: str, name: str = "data.csv") -> str:
        """The id of the run that this version of an upload is."""
        key = f"datasets/{model}/{name}"
        head = self.s3.head_object(Bucket=self.bucket, Key=key, VersionId=version)
        return run_id("ebb", ModelName(model), Upload(self.bucket, key, version), head["LastModified"])

    def endpoint(self, model: str) -> dict[str, Any] | None:
        try:
            return dict(self.sagemaker.describe_endpoint(EndpointName=f"ebb-{model}"))
        except ClientError:
            return None

    def in_service(self, model: str, run: str | None = None) -> dict[str, Any]:
        """The endpoint, once it serves (this run)."""

        def look() -> dict[str, Any] | None:
            found = self.endpoint(model)
            ready = found and found["EndpointStatus"] == "InService" and run in (None, found["EndpointConfigName"])
            return found if ready else None

        return eventually_moved(self.cloud, look, f"ebb-{model} in service")

    def invoke(self, model: str, body: str) -> bytes:
        runtime = self.cloud.admin.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(
            EndpointName=f"ebb-{model}", Body=body, ContentType="text/csv", Accept="text/csv"
        )
        return bytes(answer["Body"].read())

    @cached_property
    def predict_url(self) -> str:
        url = stack.predict_url(self.cloud.admin)
        assert url, "the stack has no output PredictUrl"
        return url

    def predict(self, model: str, rows: Any, wait: int = 0) -> Answer:
        """One call of the function URL: CSV as text, anything else as JSON; held for at most `wait` seconds."""
        is_csv = isinstance(rows, str)
        headers = {"Content-Type": "text/csv" if is_csv else "application/json"}
        headers |= {"Prefer": f"wait={wait}"} if wait else {}
        body = rows if is_csv else json.dumps(rows)
        url = f"{self.predict_url}models/{model}/predictions"
        return signed_request.send(self.cloud.admin, "POST", url, body.encode(), headers)

    def predicted(self, model: str, rows: Any) -> dict[str, Any]:
        """The answer of somebody who asks again for as long as the model wakes up, or is proven."""
        later = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)

        def look() -> Answer | None:
            answer = self.predict(model, rows)
            return None if answer.status in later else answer

        answer = eventually_moved(self.cloud, look, f"{model} answers")
        assert answer.status == HTTPStatus.OK, answer
        return dict(json.loads(answer.body))

    def ask_for(self, request: str, model: str, **more: str) -> None:
        """Through the door for all requests."""
        detail = {"stack": stack.NAME, "model": model, **more}
        entry = {
            "EventBusName": "ebb-requests",
            "Source": "ebb.request",
            "DetailType": request,
            "Detail": json.dumps(detail),
        }
        put = self.cloud.admin.client("events").put_events(Entries=[entry])
        assert put["FailedEntryCount"] == 0, put

    def put_to_sleep(self, model: str, after: str = "25h") -> dict[str, Any]:
        """What announces it. `after`: longer than its window; then a tick probes, and one after the margin deletes."""
        before = len(self.announced(model))
        self.cloud.advance(after)

        def look() -> dict[str, Any] | None:
            if self.endpoint(model) is not None:
                return None
            return next((one for one in self.announced(model)[before:] if one["detail-type"] == "EndpointAsleep"), None)

        return eventually_moved(self.cloud, look, f"ebb-{model} asleep", step=TICK_SECONDS)

    def jobs(self, model: str) -> list[str]:
        found = self.sagemaker.list_training_jobs(NameContains=f"ebb-{model}-", MaxResults=100)
        return [job["TrainingJobName"] for job in found["TrainingJobSummaries"]]

    def job_log(self, job: str) -> list[str]:
        group = "/aws/sagemaker/TrainingJobs"
        streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        name = streams[0]["logStreamName"]
        found = self.logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True)
        return [event["message"] for event in found["events"]]

    def log_lines(self, group: str, containing: str = "") -> list[str]:
        """Messages of the group, empty while there is no group."""
        try:
            pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            messages = [event["message"] for page in pages for event in page["events"]]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [message for message in messages if containing in message]

    def hears(self, model: str, *kinds: str) -> None:
        """Exactly these announcements of a model, in this order: the last may still be on its way."""

        def look() -> bool:
            return [event["detail-type"] for event in self.announced(model)] == list(kinds)

        eventually_moved(self.cloud, look, f"{kinds} of {model}")

    def announced(self, model: str) -> list[dict[str, Any]]:
        """What the stack has said about a model, oldest first; the journal holds what its ticks decided, too."""
        events = [json.loads(line) for line in self.log_lines(self.outputs["JournalLogGroupName"])]
        return [event for event in events if event["source"] == "ebb" and event["detail"]["model"] == model]
