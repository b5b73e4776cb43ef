"""What exists in one account and region: jobs, models, endpoint configs, endpoints, tags."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.adapters.services import Scope
from local.clock import Clock
from local.sagemaker import misbehaviour
from local.sagemaker.errors import Invalid
from local.settings import Settings

Record = dict[str, Any]
MAX_TAGS = 50


@dataclass
class World:
    """The records of one account and region, each in the shape that Describe answers.

    Members whose names begin with `_` are the local cloud's own and never shown.
    """

    scope: Scope
    jobs: dict[str, Record] = field(default_factory=dict)
    models: dict[str, Record] = field(default_factory=dict)
    configs: dict[str, Record] = field(default_factory=dict)
    endpoints: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_tags(self, arn: str, tags: list[dict[str, str]]) -> None:
        """Overwrites equal keys. `aws:` keys and a 51st tag are refused."""
        reserved = [tag["Key"] for tag in tags if tag["Key"].lower().startswith("aws:")]
        if reserved:
            raise Invalid(f"aws: prefixed tag key names are not allowed for external use: {reserved[0]}")
        merged = self.tags.get(arn, {}) | {tag["Key"]: tag["Value"] for tag in tags}
        if len(merged) > MAX_TAGS:
            raise Invalid(f"The number of tags {len(merged)} exceeds the limit of {MAX_TAGS}")
        self.tags[arn] = merged


def shown(record: Record) -> Record:
    """A copy of what Describe shows of a record, safe from later changes."""
    return copy.deepcopy({name: value for name, value in record.items() if not name.startswith("_")})


@dataclass
class Cloud:
    """What every part of the local SageMaker shares."""

    settings: Settings
    clock: Clock
    folder: Path
    worlds: dict[Scope, World] = field(default_factory=dict)
    misbehaviour: misbehaviour.Misbehaviour = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def world(self, scope: Scope) -> World:
        with self._lock:
            return self.worlds.setdefault(scope, World(scope))

    def misbehave(self, name: str, value: Any) -> None:
        """Give an order of `misbehaviour.ORDERS`, or take it back with None. ValueError when there is no such order."""
        if value is None:
            self.misbehaviour.pop(name, None)
        else:
            self.misbehaviour[name] = misbehaviour.checked(name, value)

    def wait(self, seconds: float) -> bool:
        """In the cloud's own time; False when the cloud is stopping."""
        return self.clock.wait(seconds, self.stopping)
