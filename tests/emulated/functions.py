"""The functions as Lambda starts them: settings from the environment, events wrapped as their queue does."""

import importlib
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.emulated.stack import BUCKET, JOURNAL, REGION, TABLE, Stack

EVENTS = Path(__file__).parents[2] / "events"
CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:function",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 900_000,
)
_COUNT = itertools.count()
# These hold the logger and the metrics, which read the environment when they are made; a function's own package may.
_WITH_LOGGER = ("ebb.observability", "ebb.messaging.consumer")


def environment(stack: Stack) -> dict[str, str]:
    """What template.yaml gives the functions, all in one."""
    return {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": REGION,
        "POWERTOOLS_METRICS_NAMESPACE": "Ebb",
        "POWERTOOLS_SERVICE_NAME": f"function-{next(_COUNT)}",  # a logger of its own, on the stdout of its test
        "STACK": "ebb",
        "PREFIX": "ebb",
        "BUCKET": BUCKET,
        "LEDGER_TABLE": TABLE,
        "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
        "TRAINING_IMAGE": "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        "ALLOWED_INSTANCE_TYPES": "ml.m5.*,ml.c5.*",
        "MAX_TRAINING_MINUTES": "240",
        "MAX_PROVISIONED_CONCURRENCY": "0",
        "MAX_DATASET_GB": "5",
        "INTAKE_QUEUE_URL": stack.intake_queue,
        "SERVING_ROLE_ARN": "arn:aws:iam::123456789012:role/serving",
        "DEPLOY_QUEUE_URL": stack.deploy_queue,
        "CONFIRM_QUEUE_URL": stack.confirm_queue,
        "MAX_WAIT_HOURS": "24",
        "LOG_RETENTION_DAYS": "30",
        "IDLE_AFTER_MINUTES": "60",
        "IDLE_MARGIN_MINUTES": "10",
        "TEAR_DOWN_MODE": "enforce",
        "PURGE_AFTER_DAYS": "30",
        "MAX_TEAR_DOWNS_PER_RUN": "10",
        "MAX_TEAR_DOWN_PERCENT": "50",
        "JOURNAL_LOG_GROUP": JOURNAL,
        "IMAGE_PATCHES_UNTIL": "3.2-0=2027-05-13",
    }


def cold_start(name: str, variables: dict[str, str], patch: pytest.MonkeyPatch) -> ModuleType:
    """The function's module, imported as if for the first time."""
    for variable, value in variables.items():
        patch.setenv(variable, value)
    own = [module for module in sys.modules if f"{module}.".startswith(f"ebb.{name}.")]
    for module in (name, *_WITH_LOGGER, *own):
        patch.delitem(sys.modules, module, raising=False)
    return importlib.import_module(name)


def recorded(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text()))


def uploaded(stack: Stack, name: str, body: bytes) -> dict[str, Any]:
    """The recorded event of an upload, and the object that it is about."""
    event = recorded(name)
    there = event["detail"]["object"]
    there["version-id"] = stack.upload(there["key"], body).version_id
    return event


def record(
    event: dict[str, Any], number: int = 1, waiting_since: float | None = None, patience_since: float | None = None
) -> dict[str, Any]:
    """A message as SQS hands it to Lambda."""
    times = {"waiting-since": waiting_since, "patience-since": patience_since}
    waited = {
        name: {"dataType": "Number", "stringValue": str(when), "stringListValues": []}
        for name, when in times.items()
        if when is not None
    }
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "receipt",
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795361400000"},
        "messageAttributes": waited,
        "md5OfBody": "0",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
        "awsRegion": REGION,
    }


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}
