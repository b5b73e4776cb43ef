"""What Ebb says on the bus: one event per thing that happened, with a sentence that people can read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

SOURCE = "ebb"
MAX_SENTENCE_LENGTH = 1000
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\"\\]+")


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
