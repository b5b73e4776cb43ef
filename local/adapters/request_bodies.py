"""A request that is not the JSON its operation takes gets AWS's error, and never reaches ministack, which would trip.

Only for services that are asked by `X-Amz-Target`; the types are those of botocore's own service models.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from ministack import app

from local.adapters.replacing import replace
from local.adapters.sagemaker_route import Response

MAX_BYTES = 16 * 1024 * 1024
_MODELS = {
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "AWSEvents": "events",
    "Logs_20140328": "logs",
}
_OUR_OWN = "SageMaker."  # checks for itself
_log = logging.getLogger(__name__)


class _MalformedError(Exception):
    pass


def install() -> None:
    replace(app, "_dispatch_service_request", _wellformed_only)


def _wellformed_only(dispatch: Any) -> Any:
    async def dispatch_wellformed(method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> Any:
        target = headers.get("x-amz-target", "")
        if target and "json" in headers.get("content-type", ""):
            if len(body) > MAX_BYTES:
                return _error(413, "RequestEntityTooLargeException", "The request is too large.")
            try:
                _check(target, app._decompress_request_body(body, dict(headers)))
            except _MalformedError as malformed:
                return _error(400, "SerializationException", str(malformed))
        try:
            return await dispatch(method, path, headers, body, *rest)
        except Exception:  # noqa: BLE001  (whatever it is, the client gets an answer)
            _log.exception("%s %s %s", method, path, target)
            return _error(500, "InternalFailure", "The local cloud failed on this request; its log says how.")

    return dispatch_wellformed


def _check(target: str, body: bytes) -> None:
    if target.startswith(_OUR_OWN):
        return
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError) as broken:
        raise _MalformedError("The request body is not JSON.") from broken
    service, _, operation = target.rpartition(".")
    model = _operation(_MODELS.get(service, ""), operation)
    if not isinstance(given, dict):
        raise _MalformedError("Start of structure or map found where not expected.")
    if model is not None and model.input_shape is not None:
        _check_kinds(given, model.input_shape, "request")


def _check_kinds(value: Any, shape: Shape, name: str) -> None:
    """Objects, lists and plain values are where the model has them; the rest is each service's own to check."""
    if value is None:
        return
    if not _KINDS.get(shape.type_name, _is_plain)(value):
        raise _MalformedError(f"{name} is not of the type that the operation takes: {shape.type_name}.")
    for inner_name, inner, inner_shape in _inside(value, shape, name):
        _check_kinds(inner, inner_shape, inner_name)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "structure": lambda value: isinstance(value, dict),
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
}


def _inside(value: Any, shape: Shape, name: str) -> Iterator[tuple[str, Any, Shape]]:
    if isinstance(shape, ListShape):
        yield from ((name, item, shape.member) for item in value)
    elif isinstance(shape, MapShape):
        yield from ((name, item, shape.value) for item in value.values())
    elif isinstance(shape, StructureShape):
        yield from ((inner, value[inner], shape.members[inner]) for inner in value.keys() & shape.members.keys())


@functools.cache
def _operation(service: str, name: str) -> OperationModel | None:
    model = _service(service) if service else None
    return model.operation_model(name) if model is not None and name in model.operation_names else None


@functools.cache
def _service(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _error(status: int, code: str, message: str) -> Response:
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()
