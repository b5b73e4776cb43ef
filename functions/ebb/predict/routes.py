"""The function URL's paths: `models`, `models/<model>`, `models/<model>/predictions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.predict.answers import as_csv
from ebb.predict.errors import ErrorCode, RequestError, too_large
from ebb.predict.http import CSV, Request, Response
from ebb.predict.known_models import all_models, one_model
from ebb.predict.prediction import Predictions, predict
from ebb.predict.served_run import ServedRuns
from ebb.times import Clock

_PATHS = "Paths are models, models/<model> and models/<model>/predictions."


@dataclass(frozen=True)
class Served:
    """The response, and what is worth a line in the log."""

    response: Response
    facts: Mapping[str, Any]


def serve(context: Context[PredictSettings], runs: ServedRuns, clock: Clock, event: Mapping[str, Any]) -> Served:
    """Whatever the caller sends gets an answer; what is our own fault escapes."""
    try:
        return _serve(context, runs, clock, Request.of(event))
    except RequestError as error:
        facts = {"outcome": error.code.value, "status": error.status.value}
        if error.status is not HTTPStatus.BAD_REQUEST:  # what is wrong with a row is the caller's business
            facts |= {"reason": str(error)}
        return Served(Response.json(error.status, error.as_json(), error.headers), facts)


def _serve(context: Context[PredictSettings], runs: ServedRuns, clock: Clock, request: Request) -> Served:
    match request.path:
        case ("models",):
            _only("GET", request)
            return _shown(all_models(context))
        case ("models", model):
            _only("GET", request)
            return _shown(one_model(context, model))
        case ("models", model, "predictions"):
            _only("POST", request)
            return _predicted(predict(context, runs, clock, model, request), request)
    raise RequestError(ErrorCode.UNKNOWN_PATH, f"There is nothing here. {_PATHS}")


def _only(method: str, request: Request) -> None:
    if request.method != method:
        problem = f"This path takes {method} only. {_PATHS}"
        raise RequestError(ErrorCode.WRONG_METHOD, problem, allow=method)


def _shown(view: Mapping[str, Any]) -> Served:
    return Served(Response.json(HTTPStatus.OK, view), {"outcome": "shown", "status": 200})


def _predicted(predictions: Predictions, request: Request) -> Served:
    """In the caller's format, if Lambda can carry so much."""
    values = predictions.values
    told = {"model": predictions.model, "run": predictions.run, "predictions": values}
    response = Response.json(HTTPStatus.OK, told)
    if request.wants_csv:
        response = Response(HTTPStatus.OK, as_csv(values), f"{CSV}; charset=utf-8")
    if not response.fits:
        raise too_large(f"The answers to {len(values):,} rows have more than 6 MB: send fewer rows.")
    facts = {"outcome": "answered", "status": 200, "rows": len(values)}
    return Served(response, facts | {"model": predictions.model, "run": predictions.run})
