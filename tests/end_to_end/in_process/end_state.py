"""What a case has led to, without what differs from one run to the next: names, times, how often it was tried."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tests.end_to_end.in_process.shore import Shore

Facts = dict[str, Any]
_RUN = r"{prefix}-[a-z0-9-]*?-\d{{12}}-[a-z2-7]{{5}}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_SECONDS = re.compile(r"\d+(\.\d+)? ?(s|ms|seconds)\b")
_MEASURED = re.compile(r"(?<=(cold|warm)_seconds\\\": )[\d.e-]+")  # in JSON that is kept as text
_VERSION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PASSING = re.compile(
    r"(_at|^at|^since|^until|^due|^not_before|^last_call|^version|^attempt|^seen|^expires|^holder|_seconds)$"
)


def end_state(shore: Shore) -> Facts:
    """What is announced counts once: a crash between saying and noting it may say it again."""
    told = [f"{event['detail-type']}: {event['detail']['sentence']}" for event in shore.bus.announced]
    facts = sagemaker(shore) | {
        "ledger": ledger(shore),
        "announced": told,
        "runs": dict(_run_folders(shore)),
        "dead": [message.body for queue in shore.queues.values() for message in queue.dead],
    }
    text = _without_names(shore, json.dumps(_lasting(facts), sort_keys=True, default=str))
    lasting = dict(json.loads(text))
    return lasting | {"announced": sorted(set(lasting["announced"]))}


def sagemaker(shore: Shore, *, tags: bool = True) -> dict[str, dict[str, Facts]]:
    """Jobs, models, configs and endpoints by name, each with its tags if they are asked for."""
    found = {
        "jobs": _named(shore, "TrainingJob", "list_training_jobs"),
        "models": _named(shore, "Model", "list_models"),
        "configs": _named(shore, "EndpointConfig", "list_endpoint_configs"),
        "endpoints": _named(shore, "Endpoint", "list_endpoints"),
    }
    if tags:
        for name, endpoint in found["endpoints"].items():
            described = shore.sagemaker.describe_endpoint(EndpointName=name)
            endpoint["config"] = described["EndpointConfigName"]
        for resource in (one for named in found.values() for one in named.values()):
            listed = shore.sagemaker.list_tags(ResourceArn=resource.pop("arn"))["Tags"]
            resource["tags"] = {tag["Key"]: tag["Value"] for tag in listed}
    return found


def _named(shore: Shore, kind: str, operation: str) -> dict[str, Facts]:
    begins, found = f"{shore.prefix}-", {}
    for page in shore.sagemaker.get_paginator(operation).paginate(NameContains=begins):
        (summaries,) = [value for name, value in page.items() if name not in ("ResponseMetadata", "NextToken")]
        for summary in summaries:
            if (name := summary[f"{kind}Name"]).startswith(begins):
                found[name] = {"arn": summary[f"{kind}Arn"], "status": summary.get(f"{kind}Status", "there")}
    return found


def ledger(shore: Shore) -> dict[str, Facts]:
    """By model and record."""
    pages = shore.dynamodb.get_paginator("scan").paginate(TableName=shore.table)
    read = TypeDeserializer().deserialize
    rows = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    return {f"{row['model']} {row['record']}": row for row in rows}


def _run_folders(shore: Shore) -> Iterator[tuple[str, Any]]:
    pages = shore.s3.get_paginator("list_objects_v2").paginate(Bucket=shore.bucket, Prefix="runs/")
    for key in (found["Key"] for page in pages for found in page.get("Contents", [])):
        is_latest = key.endswith("/latest.json")
        yield key, json.load(shore.s3.get_object(Bucket=shore.bucket, Key=key)["Body"]) if is_latest else "there"


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(item) for name, item in value.items() if not _PASSING.search(name)}
    if isinstance(value, (list, tuple)):
        return [_lasting(item) for item in value]
    return value


def _without_names(shore: Shore, text: str) -> str:
    runs = sorted(set(re.findall(_RUN.format(prefix=shore.prefix), text)))
    for number, run in enumerate(runs, 1):
        text = text.replace(run, f"<run {number}>")
    for number, event in enumerate(shore.uploads, 1):
        text = text.replace(event["detail"]["object"]["version-id"], f"<version {number}>")
    text = re.sub(rf"\b{shore.prefix}\b", "<stack>", _VERSION.sub("<version of the settings>", text))
    return _SECONDS.sub("<time>", _TIME.sub("<time>", _MEASURED.sub("0", text)))
