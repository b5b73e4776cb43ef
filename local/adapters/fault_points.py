"""Where ordered faults strike: around every service's handler, so that any call of any client can meet one."""

from __future__ import annotations

import asyncio
from typing import Any

from ministack import app
from ministack.core import iam_actions

from local.adapters.iam import callers
from local.adapters.sagemaker_route import Response, SageMakerHandler
from local.faults import Fault, Faults

_NAMES = {"monitoring": "cloudwatch"}  # ministack's name of a service, and boto3's
_THROTTLES = {
    "s3": ("SlowDown", 503),
    "sqs": ("RequestThrottled", 400),
    "lambda": ("TooManyRequestsException", 429),
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "sns": ("Throttling", 400),
    "monitoring": ("Throttling", 400),
}
_OF_THE_SERVER = ("InternalFailure", "InternalError", "InternalServerError", "ServiceUnavailable")


class AnswerLostError(BaseException):
    """The caller gets no answer. Not an Exception, so that nothing between here and the doors handles it."""


def install(faults: Faults) -> None:
    for name, handler in list(app.SERVICE_HANDLERS.items()):
        app.SERVICE_HANDLERS[name] = _with_faults(faults, name, handler)


def operation_of(service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> str:
    """AWS's name of the operation, as boto3's service model has it."""
    if target := headers.get("x-amz-target", "").rpartition(".")[2]:
        return target
    if "/operation/" in path:
        return path.rpartition("/operation/")[2]
    if service == "s3":
        return _s3_operation(method, path, query)
    if service == "sagemaker":
        return "InvokeEndpoint"
    action = iam_actions.extract_iam_action(service, method, path, headers, body, query)
    name = str(action or "").partition(":")[2]
    return "Invoke" if name == "InvokeFunction" else name


def _s3_operation(method: str, path: str, query: dict[str, Any]) -> str:
    key = path.strip("/").partition("/")[2]
    if not key:
        listed = "ListObjectsV2" if "list-type" in query else "ListObjects"
        return {"GET": listed if path.strip("/") else "ListBuckets", "PUT": "CreateBucket"}.get(
            method, f"{method}Bucket"
        )
    if "uploadId" in query:
        names = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}
        return names.get(method, "ListParts")
    if "uploads" in query and method == "POST":
        return "CreateMultipartUpload"
    return {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}.get(method, method)


def _with_faults(faults: Faults, service: str, handler: Any) -> SageMakerHandler:
    public = _NAMES.get(service, service)

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        call = (method, path, headers, body, query)
        operation = operation_of(service, *call)
        fault = faults.fire(public, operation, "before")
        if fault and (refused := await _strike(fault, service, operation, headers)):
            return refused
        if fault and fault.do == "twice":
            await handler(*call)
        answer: Response = await handler(*call)
        fault = faults.fire(public, operation, "after")
        if fault and (refused := await _strike(fault, service, operation, headers)):
            return refused
        if fault and fault.do == "twice":
            answer = await handler(*call)
        return answer

    return handle


async def _strike(fault: Fault, service: str, operation: str, headers: dict[str, str]) -> Response | None:
    """The answer instead of the real one; None when the call goes on."""
    if fault.do == "delay":
        await asyncio.sleep(fault.seconds)
    if fault.do == "crash":
        await asyncio.to_thread(callers.kill)
    if fault.do in ("crash", "drop"):
        raise AnswerLostError
    if fault.do == "throttle":
        code, status = _THROTTLES.get(service, ("ThrottlingException", 400))
        return _error(service, operation, fault.code or code, status, "Rate exceeded", headers)
    if fault.do == "fail":
        code = fault.code or "InternalFailure"
        status = 500 if code in _OF_THE_SERVER else 400
        return _error(service, operation, code, status, "A fault was ordered for this call.", headers)
    return None


def _error(service: str, operation: str, code: str, status: int, message: str, headers: dict[str, str]) -> Response:
    _, own_headers, body = iam_actions.access_denied_response(
        service, operation, "", "", error_code=code, message=message, headers=headers
    )
    return status, own_headers, body
