"""Function URLs as AWS serves them: signed for Lambda, by callers with two permissions, 6 MB both ways.

What went wrong inside is the caller's business nowhere: 502, "Internal Server Error", and the rest in the log.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ministack import app
from ministack.services import lambda_svc

from local.adapters.replacing import replace
from local.adapters.sagemaker_route import Response

MAX_BYTES = 6 * 1024 * 1024
_SCOPE = re.compile(r"[^/]+/\d{8}/[^/]+/(\w[\w-]*)/aws4_request")
_FAILED = {
    "statusCode": 502,
    "headers": {"Content-Type": "text/plain"},
    "body": "Internal Server Error",
}


def install() -> None:
    replace(app, "_handle_lambda_url_request", _strictly)
    replace(lambda_svc, "lambda_execute_result_to_api_proxy_response", _without_details)
    replace(lambda_svc, "_function_url_proxy_response", _wellformed_only)


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
    """The signature's scope, and the second permission; the first, and unsigned calls, are ministack's to refuse."""
    if not lambda_svc._function_url_is_signed(headers, query):
        return None
    scope = _SCOPE.search(headers.get("authorization", "") or str(query.get("X-Amz-Credential", "")))
    if scope is None or scope[1] != "lambda":
        message = "Credential should be scoped to correct service: 'lambda'."
        return _error(403, "InvalidSignatureException", message)
    resource, keys, _ = app._function_url_auth_target(url_id)
    context = {**keys, "lambda:InvokedViaFunctionUrl": "true"}
    denied: Response | None = app._enforce_data_plane(
        "lambda", "lambda:InvokeFunction", headers, query, "", resource_arn=resource, service_context=context
    )
    return denied


def _without_details(answer_of: Any) -> Any:
    """Neither the error of a function that failed, nor that its time was up."""

    def answer(result: dict[str, Any]) -> Any:
        failed = result.get("error") and not result.get("throttle")
        return (dict(_FAILED), None) if failed else answer_of(result)

    return answer


def _wellformed_only(answer_of: Any) -> Any:
    """AWS documents: an answer that is not in the format of a response is an error of the function."""

    def answer(given: dict[str, Any] | None, *rest: Any) -> Any:
        try:
            return answer_of(given, *rest)
        except (AttributeError, TypeError, ValueError):
            return answer_of(dict(_FAILED), *rest)

    return answer


def _error(status: int, kind: str, message: str) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
    return status, headers, json.dumps({"Message": message}).encode()
