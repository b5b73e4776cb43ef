"""What each tick has decided of each endpoint that it looked at, skips included: one line each, in the journal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebb.observability import logger
from ebb.tear_down_idle.verdict.verdict import Verdict
from ebb.times import iso

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SOURCE, KIND = "ebb.tear-down", "Decision"
MOST_EVENTS, MOST_BYTES, EVENT_OVERHEAD = 10_000, 1_048_576, 26  # AWS documents: in one PutLogEvents


@dataclass
class Journal:
    """In the shape of the announcements beside which the lines stand."""

    stack: str
    now: dt.datetime
    lines: list[dict[str, Any]] = field(default_factory=list)

    def note(self, model: str, endpoint: str, verdict: Verdict, did: str) -> None:
        """`did`: what was done about it, or `nothing`."""
        facts = {
            "stack": self.stack,
            "model": model,
            "endpoint": endpoint,
            "verdict": str(verdict.kind),
            "reason": verdict.reason,
            "did": did,
            "since": verdict.since and iso(verdict.since),
            "evidence": dict(verdict.evidence),
        }
        self.lines.append(facts)
        logger.info("verdict", extra={"verdict": facts["verdict"], "endpoint": endpoint, "reason": verdict.reason})

    def write(self, logs: CloudWatchLogsClient, group: str) -> None:
        """One call for a thousand lines or so, and another one on the first tick of a day."""
        stream, at = f"tear-down/{self.now:%Y-%m-%d}", int(self.now.timestamp() * 1000)
        told = [{"source": SOURCE, "detail-type": KIND, "time": iso(self.now), "detail": line} for line in self.lines]
        for part in parts_of([json.dumps(one) for one in told]):
            events: Any = [{"timestamp": at, "message": message} for message in part]
            try:
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
            except logs.exceptions.ResourceNotFoundException:
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def parts_of(messages: Sequence[str]) -> Iterator[list[str]]:
    """What goes into one call each. JSON as we write it has a byte for each character."""
    part: list[str] = []
    size = 0
    for message in messages:
        if part and (len(part) == MOST_EVENTS or size + len(message) + EVENT_OVERHEAD > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(message)
        size += len(message) + EVENT_OVERHEAD
    if part:
        yield part
