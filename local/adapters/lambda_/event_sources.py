"""An event source mapping is refused for a queue that hides messages too briefly, and a role that may not read it."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc, sqs
from ministack.services.cloudformation import provisioners

from local.adapters import services
from local.adapters.replacing import replace

_NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def install() -> None:
    replace(lambda_svc, "_create_esm", lambda create: _checked(create, lambda data: data))
    replace(lambda_svc, "_update_esm", _checked_update)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    for name in ("create", "update"):
        handlers[name] = _raising(handlers[name])


def _checked(perform: Any, wanted: Any) -> Any:
    def checked(data: dict[str, Any]) -> Any:
        problem = _problem(wanted(data))
        return error_response_json("InvalidParameterValueException", problem, 400) if problem else perform(data)

    return checked


def _checked_update(update: Any) -> Any:
    def checked(esm_id: str, data: dict[str, Any]) -> Any:
        def merged(changes: dict[str, Any]) -> dict[str, Any]:
            return {**(lambda_svc._esms.get(esm_id) or {}), **changes}

        return _checked(lambda changes: update(esm_id, changes), merged)(data)

    return checked


def _raising(provision: Any) -> Any:
    def checked(*arguments: Any) -> Any:
        properties = arguments[-2]  # (logical id, properties, stack) and (physical id, old, new properties, stack)
        if problem := _problem(properties):
            raise ValueError(f"Invalid request provided: {problem}")
        return provision(*arguments)

    return checked


def _problem(mapping: dict[str, Any]) -> str:
    """In AWS's words; empty when there is none."""
    arn = str(mapping.get("EventSourceArn", ""))
    queue = sqs._queue_by_arn(arn) if ":sqs:" in arn else None
    function, _, _ = lambda_svc._get_func_record_for_ref(str(mapping.get("FunctionName", "")))
    if queue is None or not function:
        return ""
    role, timeout = function["config"]["Role"], int(function["config"].get("Timeout") or 3)
    for call in _NEEDED:
        if not services.role_allows(services.current_scope(), role, f"sqs:{call}", arn):
            return f"The provided execution role does not have permissions to call {call} on SQS"
    visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
    if visibility < timeout:
        return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
    return ""
