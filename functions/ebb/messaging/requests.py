"""What is asked of deploy_endpoint: by people, their schedules, and functions that may do nothing else themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ebb.aws.event_bus import put_event
from ebb.errors import UnknownMessageError
from ebb.messaging.messages import ApplyChange, Event, TrainingEnded
from ebb.names import ADOPTED, MODEL_RULE, ModelName, is_model_name, model_of_run
from ebb.problems import quoted
from ebb.times import UNREADABLE, iso, parsed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "ebb.request"
WAKE, SLEEP, KEEP, RETRY, APPLY, ROLLBACK, DELETE = "Wake", "Sleep", "Keep", "Retry", "Apply", "Rollback", "Delete"
KINDS = (WAKE, SLEEP, KEEP, RETRY, APPLY, ROLLBACK, DELETE)
REFUSED, GIVEN_UP = "refused request", "given up"  # what became of a request that did not happen
By = Literal["predict", "request", "unknown"]
_UNTIL_RULE = "write true, false, or a time such as 2026-12-24T18:00:00Z"


@dataclass(frozen=True)
class Request:
    """What a person, a schedule or predict asks of a model. `until`: of Keep, as the tag ebb:keep has it.

    `run`: of Retry. `by`: who says so, predict or request. `at`: when, by the bus; None where it did not bring it.
    `id`: of the event, as PutEvents answers it, the same however often it is delivered; empty where there was none.
    """

    kind: str
    model: ModelName
    until: str = ""
    run: str = ""
    by: By = "unknown"
    at: dt.datetime | None = None
    id: str = ""


@dataclass(frozen=True)
class HostileRequest:
    """Whoever may put events may put anything into them: that is an answer, and nothing to try five times.

    `model`: None where it names none.
    """

    kind: str
    model: ModelName | None
    reason: str
    id: str = ""


Order = TrainingEnded | ApplyChange | Request | HostileRequest


def put_request(events: EventBridgeClient, bus: str, stack: str, kind: str, model: str, **more: str) -> None:
    """`bus`: the stack's own for requests (ebb.names.request_bus)."""
    put_event(events, SOURCE, kind, request_event(stack, kind, model, **more)["detail"], bus)


def request_event(stack: str, kind: str, model: str, **more: str) -> Event:
    """As the bus brings it."""
    return {"source": SOURCE, "detail-type": kind, "detail": {"stack": stack, "model": model, **more}}


def order_of(event: Event) -> Order:
    """What deploy_endpoint's queue brings: the end of a job, our own message, or a request."""
    match event["detail-type"]:
        case TrainingEnded.KIND:
            return TrainingEnded.of(event)
        case ApplyChange.KIND:
            return ApplyChange.of(event)
        case kind if kind in KINDS or event.get("source") == SOURCE:
            return request_of(event)
    raise UnknownMessageError(f"deploy_endpoint does not understand {event['detail-type']!r}")


def request_of(event: Event) -> Request | HostileRequest:
    """Each field is hostile until it was looked at."""
    kind, detail, id_ = str(event["detail-type"]), event["detail"], str(event.get("id") or "")
    model = detail.get("model")
    if isinstance(model, str) and model.startswith(ADOPTED):
        reason = f"{_shown(model)} is somebody else's endpoint, of which Ebb has no model"
        return HostileRequest(kind, None, reason, id_)
    if not isinstance(model, str) or not is_model_name(model):
        return HostileRequest(kind, None, f"{_shown(model)} is no model: {MODEL_RULE}", id_)
    known, by, at = ModelName(model), _by_of(detail.get("by")), _time_of(event.get("time"))
    if kind not in KINDS:
        return HostileRequest(kind, known, f"there is no such request; there are {', '.join(KINDS)}", id_)
    until = _until_of(detail.get("until")) if kind == KEEP else ""
    if until is None:
        return HostileRequest(kind, known, f"{_shown(detail.get('until'))} is no time: {_UNTIL_RULE}", id_)
    run = detail.get("run") if kind == RETRY else ""
    if kind == RETRY and not _is_run_of(model, run):
        return HostileRequest(kind, known, f"{_shown(run)} is no run of {model}", id_)
    return Request(kind, known, until, str(run), by, at, id_)


def _is_run_of(model: str, run: object) -> bool:
    """The prefix of a run has no hyphen."""
    return isinstance(run, str) and model_of_run(run.partition("-")[0], run) == model


def _until_of(until: object) -> str | None:
    """As the tag has it; None for what is neither a time nor yes or no."""
    if isinstance(until, bool):
        return str(until).lower()
    if until in ("true", "false"):
        return str(until)
    when = _time_of(until)
    return iso(when) if when else None


def _time_of(text: object) -> dt.datetime | None:
    when = parsed(str(text))
    return None if when == UNREADABLE else when


def _shown(value: Any) -> str:
    return quoted(str(value))


def _by_of(by: object) -> By:
    return by if by in ("predict", "request") else "unknown"
