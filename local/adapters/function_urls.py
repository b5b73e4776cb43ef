"""Function URLs as AWS serves them: 6 MB both ways, and callers need `InvokeFunction` beside `InvokeFunctionUrl`."""

from __future__ import annotations

import json
from typing import Any

from ministack import app
from ministack.services import lambda_svc

from local.adapters.replacing import replace
from local.adapters.sagemaker_route import Response

MAX_BYTES = 6 * 1024 * 1024


def install() -> None:
    replace(app, "_handle_lambda_url_request", _strictly)


def _strictly(serve: Any) -> Any:
    async def handle(
        host: str, path: str, method: str, headers: dict[str, str], body: bytes, query: dict[str, Any], **named: Any
    ) -> Any:
        parsed = app._parse_lambda_url(host, path)
        if parsed is None:
            return None
        if refused := _refused(parsed[0], headers, query):
            return refused
        if len(body) > MAX_BYTES:
            message = f"Request must be smaller than {MAX_BYTES} bytes for the InvokeFunction operation"
            return _error(413, "RequestTooLargeException", message)
        answer = await serve(host, path, method, headers, body, query, **named)
        if len(answer[2]) > MAX_BYTES:
            return _error(502, "Function.ResponseSizeTooLarge", "Internal Server Error")
        return answer

    return handle


def _refused(url_id: str, headers: dict[str, str], query: dict[str, Any]) -> Response | None:
    """The second permission; the first, and unsigned calls, are ministack's to refuse."""
    if not lambda_svc._function_url_is_signed(headers, query):
        return None
    resource, keys, _ = app._function_url_auth_target(url_id)
    context = {**keys, "lambda:InvokedViaFunctionUrl": "true"}
    denied: Response | None = app._enforce_data_plane(
        "lambda", "lambda:InvokeFunction", headers, query, "", resource_arn=resource, service_context=context
    )
    return denied


def _error(status: int, kind: str, message: str) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
    return status, headers, json.dumps({"Message": message}).encode()
