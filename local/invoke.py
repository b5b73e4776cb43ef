"""`make invoke`: run a deployed function on a recorded event, wrapped as its queue would wrap it."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import stack
from local.running import Running
from local.stack import Administrator

_USAGE = "make invoke FUNCTION=start_training EVENT=events/dataset_uploaded.json (after make up)"
_WITHOUT_QUEUE = ("tear_down_idle", "predict")


def main(function: str, event_file: str) -> int:
    running = Running.find()
    if running is None or not function or not Path(event_file).is_file():
        print(_USAGE, file=sys.stderr)
        return 2
    outputs = stack.outputs(running.admin)
    name = outputs.get("".join(word.title() for word in function.split("_")) + "FunctionName")
    if name is None:
        print(f"The stack has no function {function!r}.", file=sys.stderr)
        return 3
    event = localised(json.loads(Path(event_file).read_text()), running.admin, outputs["DataBucketName"])
    payload = event if function in _WITHOUT_QUEUE else as_queue_message(event)
    answer = running.admin.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(payload).encode(), LogType="Tail"
    )
    print(base64.b64decode(answer.get("LogResult", "")).decode(errors="replace"))
    outcome = json.load(answer["Payload"])
    print(json.dumps(outcome, indent=2))
    return 1 if "FunctionError" in answer or (outcome or {}).get("batchItemFailures") else 0


def as_queue_message(event: dict[str, Any]) -> dict[str, Any]:
    """What an event source mapping hands to a function: one record, the bus event as its body."""
    record = {
        "messageId": "00000000-0000-4000-8000-000000000000",
        "receiptHandle": "recorded",
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def localised(event: dict[str, Any], admin: Administrator, bucket: str) -> dict[str, Any]:
    """A recorded event names an example bucket or job: point it at what there is here, if there is any."""
    if event.get("source") == "aws.s3":
        _point_at_upload(event["detail"], admin, bucket)
    elif event.get("source") == "aws.sagemaker":
        _point_at_job(event["detail"], admin)
    return event


def _point_at_upload(detail: dict[str, Any], admin: Administrator, bucket: str) -> None:
    """At the newest version of the same key."""
    detail["bucket"]["name"] = bucket
    found = detail["object"]
    try:
        head = admin.client("s3").head_object(Bucket=bucket, Key=found["key"])
    except ClientError:
        print(f"There is no {found['key']} in {bucket} yet; upload one to see it trained.", file=sys.stderr)
    else:
        found |= {"version-id": head["VersionId"], "size": head["ContentLength"]}


def _point_at_job(detail: dict[str, Any], admin: Administrator) -> None:
    """At the newest training job."""
    newest = admin.client("sagemaker").list_training_jobs(SortOrder="Descending", MaxResults=1)
    for job in newest["TrainingJobSummaries"]:
        detail |= {"TrainingJobName": job["TrainingJobName"], "TrainingJobArn": job["TrainingJobArn"]}


if __name__ == "__main__":
    sys.exit(main(*[*sys.argv[1:], "", ""][:2]))
