"""Faults on order: before or after the n-th call of any service's operation, or at the n-th delivery of an event."""

from __future__ import annotations

import fnmatch
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KINDS = ("fail", "throttle", "delay", "crash", "drop", "twice")
_LONGEST_SECONDS = 86400


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_SECONDS


_MEMBERS: dict[str, tuple[bool, Callable[[Any], bool], str]] = {
    "service": (True, _is_text, "needed: boto3's name of the service, for example dynamodb"),
    "operation": (True, _is_text, "needed: the operation, for example PutItem, or Deliver:<detail-type> of events"),
    "do": (True, lambda value: value in KINDS, f"needed: one of {', '.join(KINDS)}"),
    "when": (False, lambda value: value in ("before", "after"), "before or after"),
    "nth": (False, lambda value: type(value) is int and value >= 1, "a whole number from 1"),
    "code": (False, _is_text, "text, for example AccessDeniedException"),
    "seconds": (False, _is_number, "a number from 0 to 86400"),
}


@dataclass
class Fault:
    """`nth`: the n-th matching call from now on, only that one; every one without it. `operation` may hold `*`."""

    id: str
    service: str
    operation: str
    do: str
    when: str = "before"
    nth: int | None = None
    code: str = ""
    seconds: float = 0.0
    seen: int = 0
    fired: int = 0

    def described(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in (None, "")}


class Faults:
    """All that are on order; of several that match, the oldest fires."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, order: dict[str, Any]) -> Fault:
        """ValueError says what is wrong with the order."""
        checked = _checked(order)
        with self._lock:
            fault = Fault(id=f"fault-{next(self._numbers)}", **checked)
            self._faults[fault.id] = fault
        return fault

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.described() for fault in self._faults.values()]

    def remove(self, name: str | None = None) -> int:
        """One, or all; how many that were."""
        with self._lock:
            names = [name] if name else list(self._faults)
            return sum(self._faults.pop(known, None) is not None for known in names)

    def fire(self, service: str, operation: str, when: str) -> Fault | None:
        """The fault that strikes at this point, counted; None when all is well."""
        with self._lock:
            for fault in self._faults.values():
                if fault.service != service or fault.when != when:
                    continue
                if not fnmatch.fnmatchcase(operation, fault.operation):
                    continue
                fault.seen += 1
                if fault.nth in (None, fault.seen):
                    fault.fired += 1
                    return fault
        return None


def _checked(order: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(order) - set(_MEMBERS))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; a fault has {', '.join(_MEMBERS)}")
    for name, (needed, fits, what) in _MEMBERS.items():
        if name not in order and not needed:
            continue
        if name not in order or not fits(order[name]):
            raise ValueError(f"{name} is {what}")
    return order
