"""What a caller is told when there is no prediction.

EbbError
├── RequestError       answered as it is: HTTP status, code from a closed list, sentence
├── NotAwakeError      the endpoint is not there, or not ready
└── MisreadError       what answered may be another run than the one that was asked
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from ebb.announcements.announcement import safe
from ebb.errors import EbbError
from ebb.problems import MAX_NAME_LENGTH, quoted


class ErrorCode(StrEnum):
    """The closed list of codes."""

    BAD_REQUEST = "bad_request"
    BAD_ROW = "bad_row"
    UNKNOWN_PATH = "unknown_path"
    UNKNOWN_MODEL = "unknown_model"
    WRONG_METHOD = "wrong_method"
    NOTHING_LIVE = "nothing_live"
    TOO_LARGE = "too_large"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    THROTTLED = "throttled"
    MODEL_ERROR = "model_error"
    NO_ANSWER = "no_answer"
    WAKING = "waking"
    NO_SLOT = "no_slot"
    SWITCHING = "switching"
    UNAVAILABLE = "unavailable"
    STILL_ASLEEP = "still_asleep"


STATUSES = {
    ErrorCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.BAD_ROW: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNKNOWN_PATH: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_MODEL: HTTPStatus.NOT_FOUND,
    ErrorCode.WRONG_METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.NOTHING_LIVE: HTTPStatus.CONFLICT,
    ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.WRONG_CONTENT_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.MODEL_ERROR: HTTPStatus.BAD_GATEWAY,
    ErrorCode.NO_ANSWER: HTTPStatus.BAD_GATEWAY,
    ErrorCode.WAKING: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.NO_SLOT: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.SWITCHING: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.STILL_ASLEEP: HTTPStatus.GATEWAY_TIMEOUT,
}
SECONDS_TO_RETRY = {
    **dict.fromkeys((ErrorCode.THROTTLED, ErrorCode.UNAVAILABLE), 1),
    **dict.fromkeys((ErrorCode.WAKING, ErrorCode.NO_SLOT, ErrorCode.SWITCHING, ErrorCode.STILL_ASLEEP), 60),
}


@dataclass(frozen=True)
class ColumnPlace:
    """Position from 0 in the file, or the name that was sent."""

    position: int | None
    name: str | None

    def as_json(self) -> dict[str, Any]:
        return {"position": self.position, "name": self.name and self.name[:MAX_NAME_LENGTH]}

    def __str__(self) -> str:
        if self.name is None:
            return f"column {self.position}"
        return f"the column {quoted(self.name)}"


class RequestError(EbbError):
    """`row` counts from 0. `allow`: the method that the path takes."""

    def __init__(
        self, code: ErrorCode, message: str, row: int | None = None, column: ColumnPlace | None = None, allow: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.row, self.column, self.allow = code, row, column, allow

    @property
    def status(self) -> HTTPStatus:
        return STATUSES[self.code]

    @property
    def headers(self) -> dict[str, str]:
        seconds = SECONDS_TO_RETRY.get(self.code)
        return ({"Retry-After": str(seconds)} if seconds else {}) | ({"Allow": self.allow} if self.allow else {})

    def as_json(self) -> dict[str, Any]:
        column = self.column.as_json() if self.column else None
        told = {"code": self.code.value, "message": safe(str(self)), "row": self.row, "column": column}
        return {"error": told}


class NotAwakeError(EbbError):
    """`missing`: there is no such endpoint, so somebody has to make it."""

    def __init__(self, *, missing: bool) -> None:
        super().__init__("the endpoint cannot be asked yet")
        self.missing = missing


class MisreadError(EbbError):
    """Another encoding has answered, or the model did not understand the rows. `error`: what it says, if anything."""

    def __init__(self, answered: str = "", error: RequestError | None = None) -> None:
        super().__init__("another run may have answered")
        self.answered, self.error = answered, error


def bad_request(message: str) -> RequestError:
    return RequestError(ErrorCode.BAD_REQUEST, message)


def bad_row(row: int | None, message: str, column: ColumnPlace | None = None) -> RequestError:
    return RequestError(ErrorCode.BAD_ROW, message, row, column)


def too_large(message: str) -> RequestError:
    return RequestError(ErrorCode.TOO_LARGE, message)


def unknown_model(model: str, hint: str = "") -> RequestError:
    message = f"There is no model {quoted(model)}.{hint and ' '}{hint}"
    return RequestError(ErrorCode.UNKNOWN_MODEL, message)
