"""`ebb status MODEL` for people: everything that is known of one model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from cli.status.model_view import ModelView
from cli.terminal.screen import Screen, Style
from cli.terminal.text import visible, wrapped
from cli.terminal.times import Time, ago, stamp

_TITLE = 14
_COLOURS = {"live": Style.GREEN, "broken": Style.RED, "waking": Style.YELLOW, "deploying": Style.YELLOW}
_ABOUT_ITSELF = ("at", "model", "endpoint", "stack")


def model_lines(view: ModelView, decision: dict[str, Any] | None, now: dt.datetime, screen: Screen) -> Iterator[str]:
    row = view.row
    state = screen.paint(view.state, _COLOURS[view.state]) if view.state in _COLOURS else view.state
    yield f"{screen.paint(row.model, Style.BOLD)}  {state}"
    for title, said in _facts(view, now):
        if said:
            yield from _hanging(title, said, screen)
    if decision:
        yield ""
        yield from _hanging("last decision", decision_text(decision), screen)
    if view.latest.get("sentence"):
        yield ""
        yield from wrapped(visible(view.latest["sentence"]), screen.width)


def _facts(view: ModelView, now: dt.datetime) -> Iterator[tuple[str, str]]:
    row = view.row
    yield "since", _time(row.since, now) if row.since else ""
    yield "endpoint", str(view.latest.get("endpoint") or "")
    yield "run", row.live_run
    yield "config", (f"{row.live_config}, purged" if row.purged else row.live_config)
    since = f", superseded {_time(row.superseded_at, now)}" if row.superseded_at else ""
    yield "run before", f"{row.previous_run}{since}: ebb rollback {row.model}" if row.previous_run else ""
    if view.changing:
        yield (
            "under way",
            f"{view.changing['reason']} to {view.changing['config'] or 'none'}, since "
            + _time(view.changing["since"], now),
        )
    yield "candidate", row.candidate
    yield "last call", _time(row.last_call, now) if row.last_call else ""
    yield "probed", _probe(view, now)
    yield "idle window", f"{row.idle_after} minutes, from [idle] in model.toml" if row.idle_after else ""
    yield "next", view.next_step(now)
    yield "trouble", view.trouble
    if view.newest:
        yield "newest upload", f"{view.newest['stage']}, {view.newest['run'] or 'without a run'}"


def _probe(view: ModelView, now: dt.datetime) -> str:
    if not view.row.knocked_at:
        return ""
    answered = "" if view.row.answered_at else ", not answered"
    return f"{_time(view.row.knocked_at, now)}{answered}: CloudWatch has to show it before the endpoint sleeps"


def decision_text(decision: dict[str, Any]) -> str:
    """Whatever it says, flat."""
    told = [f"{stamp(str(decision['at']))}:"] if decision.get("at") else []
    for name, value in decision.items():
        if name not in _ABOUT_ITSELF and value not in (None, "", {}, []):
            told.append(f"{name} {_flat(value)};")
    return " ".join(told).rstrip(";")


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(part)}" for name, part in value.items() if part not in (None, ""))
    return ", ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def _time(text: Time, now: dt.datetime) -> str:
    return f"{stamp(text)} ({ago(text, now)})"


def _hanging(title: str, said: str, screen: Screen) -> Iterator[str]:
    for at, line in enumerate(wrapped(visible(said), screen.width - _TITLE - 2)):
        head = screen.paint(title.ljust(_TITLE), Style.DIM) if at == 0 else " " * _TITLE
        yield f"  {head}{line}"
