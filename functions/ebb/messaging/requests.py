"""Events as dataclasses: nothing beyond this file looks into a bus event or a queue message."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ebb.announcements.announcement import AnnouncementLostError
from ebb.errors import UnknownMessageError
from ebb.messaging import messages
from ebb.messaging.messages import ChangeWanted, Event, TrainingEnded, training_ended_of
from ebb.names import ADOPTED, MODEL_RULE, ModelName, is_model_name, model_of_run
from ebb.problems import quoted
from ebb.times import iso

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


By = Literal["predict", "request", "unknown"]
REQUESTS = ("Wake", "Sleep", "Keep", "Retry", "Apply", "Rollback", "Delete")
_UNTIL_RULE = "write true, false, or a time such as 2026-12-24T18:00:00Z"


@dataclass(frozen=True)
class RetryAsked:
    run: str


@dataclass(frozen=True)
class RequestMade:
    """What a person, a schedule or predict asks of a model. `until`: of Keep, as the tag ebb:keep has it.

    `by`: who says so, predict or request. `at`: when, by the bus; empty where it did not bring it.
    """

    kind: str
    model: ModelName
    until: str = ""
    by: By = "unknown"
    at: str = ""


@dataclass(frozen=True)
class RequestRefused:
    """Whoever may put events may put anything into them: that is an answer, and nothing to try five times."""

    reason: str


Request = RetryAsked | RequestMade | RequestRefused
Order = TrainingEnded | ChangeWanted | Request


def deploy_order_of(event: dict[str, Any]) -> Order:
    """Of a "SageMaker Training Job State Change" event, our own message, or a request."""
    match event["detail-type"]:
        case "SageMaker Training Job State Change":
            return training_ended_of(event)
        case messages.CHANGE:
            return ChangeWanted(ModelName(event["detail"]["model"]))
        case kind if kind in REQUESTS:
            return request_of(event)
    raise UnknownMessageError(f"deploy_endpoint does not understand {event['detail-type']!r}")


def request_of(event: dict[str, Any]) -> Request:
    """Each field is hostile until it was looked at."""
    kind, detail = event["detail-type"], event["detail"]
    model = detail.get("model")
    if isinstance(model, str) and model.startswith(ADOPTED):
        return RequestRefused(f"{kind} of {_shown(model)}: it is somebody else's endpoint, of which Ebb has no model")
    if not isinstance(model, str) or not is_model_name(model):
        return RequestRefused(f"{kind} of model {_shown(model)}: {MODEL_RULE}")
    if kind == "Retry":
        return _retry_of(model, detail.get("run"))
    until = _until_of(detail.get("until")) if kind == "Keep" else ""
    if until is None:
        return RequestRefused(f"Keep of {model} until {_shown(detail.get('until'))}: {_UNTIL_RULE}")
    return RequestMade(kind, ModelName(model), until, _by_of(detail.get("by")), _time_of(event.get("time")) or "")


def _retry_of(model: str, run: object) -> RetryAsked | RequestRefused:
    """The prefix of a run has no hyphen."""
    if isinstance(run, str) and model_of_run(run.partition("-")[0], run) == model:
        return RetryAsked(run)
    return RequestRefused(f"Retry of run {_shown(run)}: it is no run of {model}")


def _until_of(until: object) -> str | None:
    """As the tag has it; None for what is neither a time nor yes or no."""
    if isinstance(until, bool):
        return str(until).lower()
    return until if until in ("true", "false") else _time_of(until)


def _time_of(text: object) -> str | None:
    """In UTC, which is meant where no zone is named."""
    try:
        moment = dt.datetime.fromisoformat(str(text))
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
    except (ValueError, OverflowError):
        return None


def _shown(value: object) -> str:
    return quoted(str(value))


def _by_of(by: object) -> By:
    return by if by in ("predict", "request") else "unknown"


SOURCE = "ebb.request"
APPLY, WAKE = "Apply", "Wake"


def request(stack: str, kind: str, model: str, **more: str) -> Event:
    """As the bus would bring it."""
    return {"source": SOURCE, "detail-type": kind, "detail": {"stack": stack, "model": model, **more}}


def put_request(events: EventBridgeClient, stack: str, kind: str, model: str, **more: str) -> None:
    """PutEvents answers 200 even when it refuses: that raises here."""
    asked = request(stack, kind, model, **more)
    entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(asked["detail"])}
    answer = events.put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise AnnouncementLostError(f"the bus refused the request {kind}: {answer['Entries']}")
