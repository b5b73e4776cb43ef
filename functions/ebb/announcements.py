"""What Ebb says: one event on the bus per thing that happened, and `latest.json` for people who only have S3."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebb.errors import EbbError
from ebb.ledger import iso

if TYPE_CHECKING:
    from ebb.clients import Clients
    from ebb.problems import Problem

SOURCE = "ebb"
MAX_SENTENCE_LENGTH = 1000
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\"\\]+")


class AnnouncementLostError(EbbError):
    """The bus did not take an event although it answered 200."""


@dataclass(frozen=True)
class Announcement:
    """`name` is the event's detail-type, such as `TrainingStarted`."""

    name: str
    model: str
    run: str | None
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)

    def detail(self, stack: str) -> dict[str, Any]:
        said = {"stack": stack, "model": self.model, "run": self.run, "sentence": safe(self.sentence)}
        return said | self.facts


def safe(sentence: str) -> str:
    """Readable wherever it ends up: control characters, quotes and backslashes from a file's text become spaces."""
    return _UNSAFE.sub(" ", sentence).strip()[:MAX_SENTENCE_LENGTH]


def announce(clients: Clients, stack: str, announcement: Announcement) -> None:
    """PutEvents answers 200 even when it refuses: that raises here."""
    entry = {
        "Source": SOURCE,
        "DetailType": announcement.name,
        "Detail": json.dumps(announcement.detail(stack)),
    }
    answer = clients.events.put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise AnnouncementLostError(f"the bus refused {announcement.name}: {answer['Entries']}")


def write_latest(
    clients: Clients,
    bucket: str,
    announcement: Announcement,
    stage: str,
    endpoint: str,
    now: dt.datetime,
    problems: Sequence[Problem] = (),
) -> None:
    """`runs/<model>/latest.json`, overwritten at each stage."""
    latest = {
        "run": announcement.run,
        "stage": stage,
        "sentence": safe(announcement.sentence),
        "endpoint": endpoint,
        "at": iso(now),
        "problems": [problem.as_json() for problem in problems],
    }
    clients.s3.put_object(
        Bucket=bucket,
        Key=f"runs/{announcement.model}/latest.json",
        Body=json.dumps(latest, indent=2).encode(),
        ContentType="application/json",
    )
