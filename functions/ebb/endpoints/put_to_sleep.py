"""An endpoint is put to sleep: deleted, when everything is there that wakes it. What is done is written first.

The row says ASLEEP with a wanted SLEEP until the endpoint is gone and that is told; whoever finds it so can finish it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from botocore.exceptions import ClientError

from ebb.announcements import sleep_events
from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject, gb_hours_per_day
from ebb.aws.client_errors import code_of, is_denied, is_gone, is_in_progress, is_missing_object, is_passing, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointFacts
from ebb.aws.tags import KEEP_TAG, tags_of
from ebb.endpoints.baseline import unwatched
from ebb.environment import FunctionSettings
from ebb.errors import EbbError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.times import iso

_FORBIDDEN = ("403", "AccessDenied")


class NotRestorableError(EbbError):
    """Deleted now, it could not be brought back: something that it is made of is missing, and is named."""


@dataclass(frozen=True)
class Restorable:
    """`own_bucket`: where the artifacts of our own models are; others are somebody else's, and not for us to read."""

    clients: Clients
    own_bucket: str

    def prove(self, config: str) -> dict[str, str]:
        """Model and artifact of a config that is there with all of it; else NotRestorableError."""
        found = self._described(
            "the config", config, lambda sagemaker: sagemaker.describe_endpoint_config(EndpointConfigName=config)
        )
        name = found["ProductionVariants"][0]["ModelName"]
        model = self._described("the model", name, lambda sagemaker: sagemaker.describe_model(ModelName=name))
        container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
        artifact = str(container.get("ModelDataUrl", ""))
        self.prove_artifact(artifact)
        return {"config": config, "model": name, "artifact": artifact, "image": str(container.get("Image", ""))}

    def prove_artifact(self, url: str) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        if bucket != self.own_bucket:
            return
        try:
            self.clients.s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if is_missing_object(error) or code_of(error) in _FORBIDDEN:
                raise NotRestorableError(f"its artifact {url} is not there") from error
            raise

    def _described(self, what: str, name: str, describe: Any) -> dict[str, Any]:
        try:
            return dict(describe(self.clients.sagemaker))
        except ClientError as error:
            if is_gone(error) or is_denied(error):
                raise NotRestorableError(f"{what} {name} is not there, or not ours: {message_of(error)}") from error
            raise


@dataclass(frozen=True)
class Cause:
    """Why it sleeps. `by`: nobody called it, or a person asked for it."""

    by: Literal["idle", "request"]
    why: str
    since: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sleeping:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    def put(self, row: EndpointRow, facts: EndpointFacts, cause: Cause) -> EndpointRow:
        """NotRestorableError: left as it is. ConflictError: somebody was quicker. Any other error: still there."""
        there = Restorable(self.clients, self.settings.bucket).prove(facts.config)
        self._keep_the_tag(row, facts)
        shown = "" if row.is_adopted else "asleep"  # no run of ours is behind an adopted one
        saying = Saying(self._said(row, facts, cause, there), [], iso(self.now), shown)
        falling = replace(self._falling(row, facts), image=there["image"].rpartition(":")[2], unsaid=saying.as_json())
        falling = self.ledger.write_endpoint(falling)
        self._delete(falling, facts.name)
        return self._tell(falling)

    def carry_out(self, row: EndpointRow, facts: EndpointFacts | None) -> EndpointRow:
        """From where an earlier attempt may have stopped. `facts` None: the endpoint is gone already.

        Written anew before it is deleted: whoever has woken it since the row was read is not overtaken.
        """
        if facts is not None and facts.status != "Deleting":
            self._keep_the_tag(row, facts)
            wanted = replace(row.wanted, at=iso(self.now)) if row.wanted else None
            row = self.ledger.write_endpoint(replace(row, wanted=wanted))
            self._delete(row, facts.name)
        return self._tell(row)

    def wake_up(self, row: EndpointRow) -> EndpointRow:
        """It is not to sleep after all."""
        before = State(row.wanted.before) if row.wanted else State.LIVE
        return self.ledger.write_endpoint(replace(row.settled(before, iso(self.now)), unsaid=None))

    def _falling(self, row: EndpointRow, facts: EndpointFacts) -> EndpointRow:
        at = iso(self.now)
        before = State.BROKEN if row.state is State.BROKEN else State.LIVE
        wanted = Wanted("", Reason.SLEEP, at, before, seen=facts.changed.isoformat())
        config, variant = row.live_config or facts.config, row.variant or facts.variant
        return replace(row.wants(wanted, State.ASLEEP), live_config=config, variant=variant)

    def _delete(self, row: EndpointRow, name: str) -> None:
        try:
            self.clients.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            # What is gone has no tags to allow it by.
            if is_gone(error) or (is_denied(error) and self._is_gone(name)):
                return
            if is_in_progress(error) or is_denied(error) or is_passing(error):
                self.wake_up(row)
            raise  # any other answer does not say whether it was done: that is looked at again

    def _is_gone(self, name: str) -> bool:
        pages = self.clients.sagemaker.get_paginator("list_endpoints").paginate(NameContains=name)
        return name not in {found["EndpointName"] for page in pages for found in page["Endpoints"]}

    def _keep_the_tag(self, row: EndpointRow, facts: EndpointFacts) -> None:
        """What a person has said of the endpoint lives on with its config: a wake gives it back."""
        keep = facts.tags.get(KEEP_TAG)
        if keep is not None and not row.is_adopted:
            arn = f"{facts.arn.rpartition(':')[0]}:endpoint-config/{facts.config}"
            self.clients.sagemaker.add_tags(ResourceArn=arn, Tags=tags_of({"keep": keep}))

    def _tell(self, row: EndpointRow) -> EndpointRow:
        if row.unsaid:
            Voice(self.clients, self.settings, self.now).say(Saying.from_json(row.unsaid))
        slept = row.settled(State.NONE if row.is_adopted else State.ASLEEP, row.since)
        return self.ledger.write_endpoint(replace(unwatched(slept), unsaid=None))

    def _said(self, row: EndpointRow, facts: EndpointFacts, cause: Cause, there: Mapping[str, str]) -> Any:
        arn = facts.arn if row.is_adopted else ""
        about = Subject(row.model, row.live_run or None, facts.name, facts.config, arn)
        memory = (facts.serverless or {}).get("MemorySizeInMB", 0)
        return sleep_events.asleep(
            about,
            idle_since=cause.since,
            why=cause.why,
            evidence={**cause.evidence, **there},
            by=cause.by,
            gb_hours=gb_hours_per_day(memory, facts.provisioned),
        )
