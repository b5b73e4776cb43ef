"""InvokeEndpoint: the call goes to an instance over real HTTP, and leaves its metrics behind."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.adapters.sagemaker_route import Response
from local.sagemaker import call_metrics
from local.sagemaker.call_metrics import Call
from local.sagemaker.endpoints import HOST
from local.sagemaker.errors import InvalidInvocation, ModelFailed, SageMakerError
from local.sagemaker.hosted_variant import REAL_TIME_BYTES, Variant
from local.sagemaker.hosting import Host, HostClosedError, NoSuchVariantError
from local.sagemaker.instance import Answer, InstanceFailedError
from local.sagemaker.serverless_pool import Lease
from local.sagemaker.state import World

_ANSWERING = ("InService", "Updating", "RollingBack", "SystemUpdating", "UpdateRollbackFailed")
_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
_TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
_MEMBERS = {
    "content-type": ("contentType", 1024),
    "accept": ("accept", 1024),
    _ATTRIBUTES: ("customAttributes", 1024),
    _TARGET_VARIANT: ("targetVariant", 63),
    "x-amzn-sagemaker-inference-id": ("inferenceId", 64),
}
_FORWARDED = {"content-type": "Content-Type", "accept": "Accept", _ATTRIBUTES: "X-Amzn-SageMaker-Custom-Attributes"}
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


def invoke(world: World, name: str, headers: Mapping[str, str], body: bytes) -> Response:
    """Answered by the config that is in service at this moment; one that is being left sends the caller on."""
    _check(headers)
    if len(body) > REAL_TIME_BYTES:
        # Refused before SageMaker itself sees it: a bare status in place of a code.
        message = {"message": f"HTTP content length exceeded {REAL_TIME_BYTES} bytes."}
        return 413, {"Content-Type": "application/json"}, json.dumps(message).encode()
    while True:
        host = _host(world, name)
        try:
            with host.calling(headers.get(_TARGET_VARIANT)) as variant:
                return _call(world, name, host, variant, headers, body)
        except HostClosedError as closed:
            if host.cloud.stopping.is_set():
                raise SageMakerError("The local cloud is stopping.") from closed
            time.sleep(0.001)
        except NoSuchVariantError as unknown:
            raise InvalidInvocation(f"Variant {unknown} not found for Request") from unknown


def _check(headers: Mapping[str, str]) -> None:
    for header, (member, longest) in _MEMBERS.items():
        if len(value := headers.get(header, "")) > longest:
            raise InvalidInvocation(
                f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {longest}"
            )


def _host(world: World, name: str) -> Host:
    """Names are case-sensitive here, unlike in CreateEndpoint."""
    endpoint = world.endpoints.get(name)
    if endpoint is None or endpoint["EndpointStatus"] not in _ANSWERING or HOST not in endpoint:
        raise InvalidInvocation(f"Endpoint {name} of account {world.scope.account} not found.")
    host: Host = endpoint[HOST]
    return host


def _call(world: World, name: str, host: Host, variant: Variant, headers: Mapping[str, str], body: bytes) -> Response:
    """An error answer counts as a call too; what is refused or throttled here does not reach the container."""
    if len(body) > variant.max_bytes:
        raise InvalidInvocation(f"Request {uuid.uuid4()} has oversize body.")
    forwarded = {sent: headers[given] for given, sent in _FORWARDED.items() if headers.get(given)}
    answer, call = _ask(host.cloud.settings.answer_seconds, variant, forwarded, body)
    call_metrics.record(world, name, variant, call)
    if call.status == 0:
        raise _failure(world, name, 0, _TIMED_OUT)
    if answer is None or len(answer.body) > variant.max_bytes:
        raise _failure(world, name, 500, None)
    if not 200 <= answer.status < 300:
        raise _failure(world, name, answer.status, answer.body.decode(errors="replace"))
    shown = {"x-Amzn-Invoked-Production-Variant": variant.name, "Content-Type": answer.content_type}
    return 200, shown, answer.body


def _ask(seconds: float, variant: Variant, headers: dict[str, str], body: bytes) -> tuple[Answer | None, Call]:
    """No answer: the status is 0 when the container took too long, 500 when it could not start, or died."""
    began = time.monotonic()
    lease: Lease | None = None
    asked = answered = began
    answer, status = None, 500
    try:
        with variant.pool.lease() as lease:
            asked = time.monotonic()
            try:
                answer = lease.instance.send("POST", "/invocations", headers, body, seconds)
            finally:
                answered = time.monotonic()
        status = answer.status if len(answer.body) <= variant.max_bytes else 500
    except TimeoutError:
        status = 0
    except (OSError, http.client.HTTPException, InstanceFailedError):
        answer = None
    return answer, Call(status, time.monotonic() - began, answered - asked, lease)


def _failure(world: World, name: str, status: int, message: str | None) -> ModelFailed:
    """AWS's sentences; None: the answer could not be read."""
    region, group = world.scope.region, f"/aws/sagemaker/Endpoints/{name}"
    what = f'with message "{message}"' if message is not None else "and could not load the entire response body"
    return ModelFailed(
        f"Received {'client' if 400 <= status < 500 else 'server'} error ({status}) from primary {what}. "
        f"See https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} "
        f"in account {world.scope.account} for more information.",
        OriginalStatusCode=status,
        OriginalMessage=message or "",
        LogStreamArn=world.scope.arn("logs", f"log-group:{group}"),
    )


def runtime_error(answer: Response) -> Response:
    """The runtime API reads an error's members from the body and its code from the header."""
    status, headers, body = answer
    members: dict[str, Any] = json.loads(body)
    members.pop("__type", None)
    return status, {**headers, "Content-Type": "application/json"}, json.dumps(members).encode()
