"""What takes minutes in AWS takes none here: the cloud's clock is moved whenever nothing is at work in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from local.server import Server

T = TypeVar("T")
STEP_SECONDS = 76  # what waits in a queue comes back after 60 to 75 s at first
TICK_SECONDS = 15 * 60 + 1  # so often the stack looks for idle endpoints
DEADLINE_SECONDS = 300.0  # only something broken meets it, however busy the machine is
QUIET_SECONDS = 0.3  # an event may be between two queues
MOST_PAUSE_SECONDS = 0.3
_IN_BETWEEN = ("Creating", "Updating", "RollingBack", "Deleting", "InProgress", "Stopping")


def at_work(cloud: Server) -> list[str]:
    """Functions, messages on their way, jobs and endpoints in between; not what waits for its time.

    Nor predict, which holds its callers until time has passed.
    """
    state = cloud.door("state")
    found = [f"{name} runs" for name in state["functions_at_work"] if not name.endswith("-predict")]
    for place in state["places"].values():
        states = {**place.get("training_jobs", {}), **place.get("endpoints", {})}
        found += [f"{name} is {state}" for name, state in states.items() if state in _IN_BETWEEN]
        found += [f"{name}: {counts}" for name, counts in _queues(place).items() if _is_moving(counts)]
    return found


def waiting(cloud: Server) -> list[str]:
    """Messages in queues, those included that wait for their time."""
    places = cloud.door("state")["places"].values()
    return [f"{name}: {counts}" for place in places for name, counts in _queues(place).items() if any(counts.values())]


def dead_letters(cloud: Server) -> dict[str, int]:
    places = cloud.door("state")["places"].values()
    queues = [item for place in places for item in place.get("queues", {}).items()]
    own = [(name, counts) for name, counts in queues if name.startswith("ebb-") and _is_last(name)]
    return {name: counts["waiting"] for name, counts in own if counts["waiting"]}


def eventually_moved(
    cloud: Server, look: Callable[[], T | None], what: str, seconds: float = DEADLINE_SECONDS, step: int = STEP_SECONDS
) -> T:
    """What `look` finds, as soon as it finds something; `seconds` are real ones, those of a `step` are moved."""
    deadline = time.monotonic() + seconds
    quiet_since = time.monotonic()
    pauses = growing_pauses()
    while True:
        found = look()
        if found:
            return found
        now, work = time.monotonic(), at_work(cloud)
        if now > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}; at work: {work}; waiting: {waiting(cloud)}")
        if work:
            quiet_since = now
        elif now - quiet_since > QUIET_SECONDS:
            cloud.advance(f"{step}s")
            quiet_since, pauses = time.monotonic(), growing_pauses()
        time.sleep(next(pauses))


def growing_pauses() -> Iterator[float]:
    """Between looks, which take from what is looked at."""
    pause = 0.05
    while True:
        yield pause
        pause = min(pause * 1.25, MOST_PAUSE_SECONDS)


def until_all_is_quiet(cloud: Server, seconds: float = DEADLINE_SECONDS, step: int = STEP_SECONDS) -> None:
    """Nothing is at work and nothing waits in a queue; what cannot be worked on would be in a dead-letter queue."""
    eventually_moved(cloud, lambda: not at_work(cloud) and not waiting(cloud), "nothing waits any more", seconds, step)


def _queues(place: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The stack's own, but for those at whose end nobody works."""
    queues = place.get("queues", {})
    return {name: counts for name, counts in queues.items() if name.startswith("ebb-") and not _is_last(name)}


def _is_last(queue: str) -> bool:
    return queue.endswith("-dead-letter")


def _is_moving(counts: dict[str, int]) -> bool:
    return bool(counts["waiting"] or counts["in_flight"])
