"""What holds at any moment, and what holds when all is quiet: each a list of what is wrong, empty when all is well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import (
    ModelName,
    Upload,
    endpoint_name,
    model_of_endpoint,
    model_of_run,
    run_id,
    run_of_config,
    run_order,
)
from tests.end_to_end.in_process.end_state import sagemaker
from tests.end_to_end.in_process.shore import Shore


class Rows:
    """The endpoint rows, each read once."""

    def __init__(self, shore: Shore) -> None:
        self._ledger, self._rows = Ledger(shore.dynamodb, shore.table), dict[str, EndpointRow]()

    def of(self, model: str) -> EndpointRow:
        if model not in self._rows:
            self._rows[model] = self._ledger.endpoint(ModelName(model))
        return self._rows[model]


def orphans(shore: Shore) -> list[str]:
    """Endpoints, configs and models that no row explains: live, the one before, wanted, newer, or being removed."""
    found, rows = sagemaker(shore, tags=False), Rows(shore)
    wrong = []
    for name in found["endpoints"]:
        model = model_of_endpoint(shore.prefix, name)
        if model is None or not _explains_endpoint(rows.of(model), shore, name):
            wrong.append(f"endpoint {name}: {rows.of(model or '')}")
    for kind in ("configs", "models"):
        for name in found[kind]:
            run = run_of_config(name)
            model = model_of_run(shore.prefix, run)
            if model is None or not _explains_run(rows.of(model), run):
                wrong.append(f"{kind[:-1]} {name}: {rows.of(model or '')}")
    return wrong


def _explains_endpoint(row: EndpointRow, shore: Shore, name: str) -> bool:
    """`candidate`: what is to be removed in the end."""
    wanted = row.wanted.run if row.wanted else ""
    if name == endpoint_name(shore.prefix, ModelName(row.model)):
        return bool(row.live_run or wanted or row.candidate == name)
    return name in (row.candidate, wanted)


def _explains_run(row: EndpointRow, run: str) -> bool:
    wanted = row.wanted.run if row.wanted else ""
    if run in (row.live_run, row.previous_run, wanted) or row.needs_cleanup:
        return True
    order = run_order(run)
    return order is not None and (row.live_order is None or order > row.live_order)


def unsettled(shore: Shore, *, held_back: frozenset[str] = frozenset()) -> list[str]:
    """What is not as it must be in the end. `held_back`: versions of uploads whose model is not to go live."""
    return [*orphans(shore), *_of_queues(shore), *_of_models(shore, held_back)]


def _of_queues(shore: Shore) -> Iterator[str]:
    for queue in shore.queues.values():
        yield from (f"dead in {queue.name}: {message.body}" for message in queue.dead)
        yield from (f"still in {queue.name}: {message.body}" for message in queue.messages)


def _of_models(shore: Shore, held_back: frozenset[str]) -> Iterator[str]:
    uploaded: dict[ModelName, dict[str, Upload]] = {}  # run by run, of each model
    for event in shore.uploads:
        upload = Upload(shore.bucket, event["detail"]["object"]["key"], event["detail"]["object"]["version-id"])
        model = ModelName(upload.key.split("/")[1])
        head = shore.s3.head_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version_id)
        uploaded.setdefault(model, {})[run_id(shore.prefix, model, upload, head["LastModified"])] = upload
    found = sagemaker(shore)
    jobs, expected = set(found["jobs"]), {run for runs in uploaded.values() for run in runs}
    yield from (f"upload without a job: {run}" for run in expected - jobs)
    yield from (f"job without an upload: {run}" for run in jobs - expected)
    for model, runs in uploaded.items():
        good = [run for run, upload in runs.items() if upload.version_id not in held_back]
        newest = max(good, key=lambda run: str(run_order(run))) if good else ""
        yield from _of_model(shore, model, newest, found)


def _of_model(shore: Shore, model: ModelName, newest: str, found: dict[str, dict[str, Any]]) -> Iterator[str]:
    row, name = Rows(shore).of(model), endpoint_name(shore.prefix, model)
    if row.live_run != newest:
        yield f"{model}: {newest or 'none'} is to be live: {row}"
    if row.busy or row.pending or row.needs_cleanup or row.candidate:
        yield f"{model} is not at rest: {row}"
    served = found["endpoints"].get(name, {}).get("config", "")
    if run_of_config(served) != newest:
        yield f"{name} serves {served or 'nothing'}, not {newest or 'nothing'}"
    if newest and "ebb:live" not in found["configs"].get(served, {}).get("tags", {}):
        yield f"{served} is not tagged as live"
    others = [
        other for other in found["endpoints"] if other != name and model_of_endpoint(shore.prefix, other) == model
    ]
    yield from (f"left over: {other}" for other in others)
    if newest:
        yield from _of_calls(shore, name)


def _of_calls(shore: Shore, name: str) -> Iterator[str]:
    try:
        shore.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2,3")
    except ClientError as error:
        yield f"{name} does not answer: {error}"
