"""What the container answers to each request, its checks in its order."""

import json
import os
import sys
import traceback
from dataclasses import dataclass
from http import HTTPStatus

from local.container.answer_bodies import (
    CSV,
    NotAcceptableError,
    accepted_type,
    encode,
    encode_joined,
    encode_selected,
)
from local.container.answers import Answer, message, page, typed
from local.container.csv_payload import read_payload
from local.container.memory import die_if_exhausted
from local.container.scoring import Predictions, Scoring
from local.container.selected_outputs import select
from local.container.serving_settings import ServingSettings


@dataclass(frozen=True)
class Request:
    """The parts of an HTTP request that matter."""

    method: str
    path: str
    body: bytes = b""
    content_type: str | None = None
    accept: str | None = None


@dataclass(frozen=True)
class Container:
    """The routes over one set of models."""

    scoring: Scoring
    settings: ServingSettings

    def answer(self, request: Request) -> Answer:
        """Find the route; what nobody handled becomes a page, and its trace goes to the log."""
        try:
            answer = self._route(request)
        except Exception as error:  # noqa: BLE001  (a server has to answer)
            die_if_exhausted(error)
            traceback.print_exc()
            return page(HTTPStatus.INTERNAL_SERVER_ERROR)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            print(answer.status.value, answer.body.decode(), file=sys.stderr, flush=True)
        return answer

    def _route(self, request: Request) -> Answer:
        routes = {
            "/ping": ("GET", self._ping),
            "/execution-parameters": ("GET", self._execution_parameters),
            "/invocations": ("POST", self._invocations),
        }
        if request.path not in routes:
            return _no_such_route(request.path, list(routes))
        method, route = routes[request.path]
        if request.method == method or (request.method, method) == ("HEAD", "GET"):
            return route(request)
        allowed = "GET, HEAD, OPTIONS" if method == "GET" else "OPTIONS, POST"
        return page(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": allowed})

    def _ping(self, _: Request) -> Answer:
        self.scoring.load()
        return Answer(HTTPStatus.OK)

    def _execution_parameters(self, _: Request) -> Answer:
        parameters = {
            "MaxConcurrentTransforms": os.cpu_count(),
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.settings.max_content_length // 1024**2,
        }
        return typed(json.dumps(parameters), "application/json")

    def _invocations(self, request: Request) -> Answer:
        if not request.body:
            return Answer(HTTPStatus.NO_CONTENT)
        try:
            rows = read_payload(request.body, request.content_type)
        except Exception as error:  # noqa: BLE001
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, error)
        try:
            self.scoring.load()
        except Exception as error:  # noqa: BLE001
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, error, "Unable to load model: ")
        try:
            predictions = self.scoring.predict(rows)
        except Exception as error:  # noqa: BLE001
            return _refusal(HTTPStatus.BAD_REQUEST, error, "Unable to evaluate payload provided: ")
        return self._encoded(predictions, request.accept)

    def _encoded(self, predictions: Predictions, accept: str | None) -> Answer:
        if self.settings.version.joins_answers and not (self.settings.selected_outputs or self.settings.batch):
            return typed(encode_joined(predictions), CSV)
        try:
            wanted = accepted_type(accept, self.settings.default_accept)
        except NotAcceptableError as error:
            return message(HTTPStatus.NOT_ACCEPTABLE, str(error))
        if self.settings.selected_outputs is None:
            return typed(encode(predictions, wanted, batch=self.settings.batch), wanted)
        try:
            return typed(self._selected(predictions, self.settings.selected_outputs, wanted), wanted)
        except Exception as error:  # noqa: BLE001
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, error)

    def _selected(self, predictions: Predictions, keys: tuple[str, ...], accept: str) -> str:
        outputs = select(predictions, keys, self.scoring.objective, self.scoring.number_of_classes)
        return encode_selected(outputs, keys, accept, batch=self.settings.batch)


def _refusal(status: HTTPStatus, error: Exception, words: str = "") -> Answer:
    die_if_exhausted(error)
    return message(status, f"{words}{error}")


def _no_such_route(path: str, routes: list[str]) -> Answer:
    """Return nginx's answer, or Flask's for a path that only begins like a route."""
    if path.startswith(tuple(routes)):
        return page(HTTPStatus.NOT_FOUND)
    return Answer(HTTPStatus.NOT_FOUND, b"{}", "application/octet-stream")
