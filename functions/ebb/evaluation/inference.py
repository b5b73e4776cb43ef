"""Rows to an endpoint and its answers back, past what the serving container makes of a CSV."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from ebb.aws.client_errors import code_of, message_of
from ebb.errors import EbbError, WaitError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

MAX_BYTES = 4 * 1024 * 1024  # AWS documents: a serverless endpoint takes no more in one request
PATIENCE = dt.timedelta(minutes=10)  # a container that fails may be one that has just begun
_CSV = "text/csv"
_MISSING = "nan"
_EMPTY_CELL = re.compile(r"(?<![^,])(?=,|$)")
_BUSY = ("ThrottlingException", "Throttling", "TooManyRequestsException")
_LATER = (
    *("ModelNotReadyException", "InternalDependencyException", "InternalFailure"),
    *("ServiceUnavailable", "ServiceUnavailableException"),
)
_NO_ANSWER = (HTTPClientError, BotocoreConnectionError, IncompleteReadError)
T = TypeVar("T")
_SHOWN = 300  # characters of the container's own words; a trace of its C++ follows them


class ModelAnswerError(EbbError):
    """The model itself answers wrongly, and would do so again."""


class BusyError(WaitError):
    """Somebody else has all of its concurrency just now."""


@dataclass(frozen=True)
class Call:
    """A line for each row; how long it took, in how many requests, and which variant answered."""

    lines: tuple[str, ...]
    seconds: float
    variant: str
    requests: int = 1


def ask(
    runtime: SageMakerRuntimeClient,
    endpoint: str,
    rows: Sequence[str],
    most_bytes: int = MAX_BYTES,
    pauses: Sequence[float] = (),
) -> Call:
    """Every row's answer, in as few requests as possible. WaitError: the endpoint cannot answer now.

    `pauses`: seconds after which it is asked once more while others keep it busy; no part of how long it took.
    """
    lines: list[str] = []
    variant, requests, seconds = "", 0, 0.0
    for body in _bodies(rows, most_bytes):
        text, variant, took = _patiently(partial(_invoke, runtime, endpoint, "\n".join(body)), pauses)
        lines += _answers_of(text, body)
        requests, seconds = requests + 1, seconds + took
    return Call(tuple(lines), seconds, variant, requests)


def _patiently(invoke: Callable[[], T], pauses: Sequence[float]) -> T:
    for pause in pauses:
        try:
            return invoke()
        except BusyError:
            time.sleep(pause)
    return invoke()


def _bodies(rows: Sequence[str], most_bytes: int) -> Iterator[list[str]]:
    """The rows of each request.

    The container guesses the delimiter from the first line, and one number has none: rows of one feature follow a line
    of their own, whose answer is dropped. It refuses what is blank, so nothing is empty.
    """
    first = [_MISSING] if rows and "," not in rows[0] else []
    body, size = list(first), len(_MISSING) + 1
    for row in rows:
        text = _EMPTY_CELL.sub(_MISSING, row)
        if len(body) > len(first) and size + len(text) > most_bytes:
            yield body
            body, size = list(first), len(_MISSING) + 1
        body.append(text)
        size += len(text) + 1
    if rows:
        yield body


def _answers_of(text: str, body: Sequence[str]) -> list[str]:
    """A line for each row; images up to 1.2-1 answer with one line for all."""
    lines = text.strip("\n").split("\n") if text.strip() else []
    if len(lines) == 1 < len(body):
        cells = lines[0].split(",")
        width = len(cells) // len(body) or 1
        lines = [",".join(cells[start : start + width]) for start in range(0, len(cells), width)]
    if len(lines) != len(body):
        raise ModelAnswerError(f"The model gave {_counted(len(lines), 'answer')} to {_counted(len(body), 'row')}.")
    return lines[1:] if body[0] == _MISSING else lines


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _invoke(runtime: SageMakerRuntimeClient, endpoint: str, body: str) -> tuple[str, str, float]:
    """What it answers, by which variant, and after how many seconds."""
    began = time.monotonic()
    try:
        answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=body.encode(), ContentType=_CSV, Accept=_CSV)
        return answer["Body"].read().decode(), answer["InvokedProductionVariant"], time.monotonic() - began
    except ClientError as error:
        raise _understood(error, endpoint) from error
    except _NO_ANSWER as error:
        raise WaitError(f"The endpoint {endpoint} did not answer: {error}", longest=PATIENCE) from error
    except UnicodeDecodeError as error:
        raise ModelAnswerError("The model's answer is no text.") from error


def _understood(error: ClientError, endpoint: str) -> Exception:
    response: dict[str, Any] = dict(error.response)
    if code_of(error) == "ModelError":
        status = int(response.get("OriginalStatusCode", 0))
        words = " ".join(str(response.get("OriginalMessage") or message_of(error)).split())[:_SHOWN]
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return ModelAnswerError(f"The model refuses the rows with status {status}: {words}")
        return WaitError(f"The container of {endpoint} failed with status {status}: {words}", longest=PATIENCE)
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    is_unknown = code_of(error) == "ValidationError" and "not found" in message_of(error)
    told = f"The endpoint {endpoint} cannot answer now: {message_of(error) or code_of(error)}"
    if code_of(error) in _BUSY:
        return BusyError(told)
    if code_of(error) in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_unknown:
        return WaitError(told)
    return error
