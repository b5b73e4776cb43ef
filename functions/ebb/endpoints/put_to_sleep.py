"""An endpoint is put to sleep: deleted, when everything is there that wakes it. What is done is written first.

The row says ASLEEP with a wanted SLEEP until the endpoint is gone and that is told; whoever finds it so can finish it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from botocore.exceptions import ClientError

from ebb.announcements import sleep_events
from ebb.announcements.announcement import Announcement
from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject, gb_hours_per_day
from ebb.aws.arns import arn
from ebb.aws.client_errors import code_of, is_denied, is_gone, is_in_progress, is_missing_object, is_passing, message_of
from ebb.aws.endpoints import DescribedEndpoint
from ebb.aws.tags import KEEP_TAG, tags_of
from ebb.bucket.run_folder import split_uri
from ebb.context import Context
from ebb.endpoints.baseline import without_baseline
from ebb.environment import FunctionSettings
from ebb.errors import EbbError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted

_FORBIDDEN = ("403", "AccessDenied")


class NotRestorableError(EbbError):
    """Deleted now, it could not be brought back: something that it is made of is missing, and is named."""


@dataclass(frozen=True)
class Cause:
    """Why it sleeps. `by`: nobody called it, or a person asked for it. `since`: ISO 8601, when it was called last."""

    by: Literal["idle", "request"]
    why: str
    since: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def put_to_sleep(
    context: Context[FunctionSettings], row: EndpointRow, endpoint: DescribedEndpoint, cause: Cause
) -> EndpointRow:
    """NotRestorableError: left as it is. ConflictError: somebody was quicker. Any other error: still there."""
    there = prove_restorable(context, endpoint.config)
    _keep_the_tag(context, row, endpoint)
    shown = "" if row.is_adopted else "asleep"  # no run of ours is behind an adopted one
    pending = PendingAnnouncement(_announcement(row, endpoint, cause, there), [], context.now, shown)
    before = State.BROKEN if row.state is State.BROKEN else State.LIVE
    falling = replace(
        row.wants(Wanted("", Reason.SLEEP, context.now, before, seen_modified=endpoint.changed), State.ASLEEP),
        live_config=row.live_config or endpoint.config,
        variant=row.variant or endpoint.variant,
        image=there["image"].rpartition(":")[2],
        pending=pending.as_json(),
    )
    falling = context.ledger.write_endpoint(falling)
    _delete(context, falling, endpoint.name)
    return _end(context, falling)


def carry_out_sleep(
    context: Context[FunctionSettings], row: EndpointRow, endpoint: DescribedEndpoint | None
) -> EndpointRow:
    """From where an earlier attempt may have stopped. `endpoint` None: it is gone already.

    Written anew before it is deleted: whoever has woken it since the row was read is not overtaken.
    """
    if endpoint is not None and endpoint.status != "Deleting":
        _keep_the_tag(context, row, endpoint)
        wanted = replace(row.wanted, at=context.now) if row.wanted else None
        row = context.ledger.write_endpoint(replace(row, wanted=wanted))
        _delete(context, row, endpoint.name)
    return _end(context, row)


def call_off_sleep(context: Context[FunctionSettings], row: EndpointRow) -> EndpointRow:
    """It is not to sleep after all."""
    before = row.wanted.before if row.wanted else State.LIVE
    return context.ledger.write_endpoint(replace(row.settled(before, context.now), pending=None))


def prove_restorable(context: Context[FunctionSettings], config: str) -> dict[str, str]:
    """Config, model, artifact and image of a config that is there with all of it; else NotRestorableError."""
    sagemaker = context.clients.sagemaker
    found = _described("the config", config, lambda: sagemaker.describe_endpoint_config(EndpointConfigName=config))
    name = found["ProductionVariants"][0]["ModelName"]
    model = _described("the model", name, lambda: sagemaker.describe_model(ModelName=name))
    container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
    artifact = str(container.get("ModelDataUrl", ""))
    prove_artifact(context, artifact)
    return {"config": config, "model": name, "artifact": artifact, "image": str(container.get("Image", ""))}


def prove_artifact(context: Context[FunctionSettings], uri: str) -> None:
    """Of our own models, which lie in our bucket; others are somebody else's, and not for us to read."""
    bucket, key = split_uri(uri)
    if bucket != context.settings.bucket:
        return
    try:
        context.clients.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if is_missing_object(error) or code_of(error) in _FORBIDDEN:
            raise NotRestorableError(f"its artifact {uri} is not there") from error
        raise


def _described(what: str, name: str, describe: Callable[[], Any]) -> dict[str, Any]:
    try:
        return dict(describe())
    except ClientError as error:
        if is_gone(error) or is_denied(error):
            raise NotRestorableError(f"{what} {name} is not there, or not ours: {message_of(error)}") from error
        raise


def _delete(context: Context[FunctionSettings], row: EndpointRow, name: str) -> None:
    try:
        context.clients.sagemaker.delete_endpoint(EndpointName=name)
    except ClientError as error:
        # What is gone has no tags to allow it by.
        if is_gone(error) or (is_denied(error) and name not in dict(context.own.listed(name))):
            return
        if is_in_progress(error) or is_denied(error) or is_passing(error):
            call_off_sleep(context, row)
        raise  # any other answer does not say whether it was done: that is looked at again


def _keep_the_tag(context: Context[FunctionSettings], row: EndpointRow, endpoint: DescribedEndpoint) -> None:
    """What a person has said of the endpoint lives on with its config: a wake gives it back."""
    keep = endpoint.tags.get(KEEP_TAG)
    if keep is not None and not row.is_adopted:
        config = arn("endpoint-config", endpoint.config, like=endpoint.arn)
        context.clients.sagemaker.add_tags(ResourceArn=config, Tags=tags_of({"keep": keep}))


def _end(context: Context[FunctionSettings], row: EndpointRow) -> EndpointRow:
    if row.pending:
        context.outbox.tell(PendingAnnouncement.from_json(row.pending))
    slept = row.settled(State.NONE if row.is_adopted else State.ASLEEP, row.since or context.now)
    return context.ledger.write_endpoint(replace(without_baseline(slept), pending=None))


def _announcement(
    row: EndpointRow, endpoint: DescribedEndpoint, cause: Cause, there: Mapping[str, str]
) -> Announcement:
    about = Subject.of(row, endpoint.name, endpoint.config, endpoint.arn)
    memory = (endpoint.serverless or {}).get("MemorySizeInMB", 0)
    return sleep_events.asleep(
        about,
        idle_since=cause.since,
        why=cause.why,
        evidence={**cause.evidence, **there},
        by=cause.by,
        gb_hours=gb_hours_per_day(memory, endpoint.provisioned),
    )
