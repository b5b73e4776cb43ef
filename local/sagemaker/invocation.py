"""InvokeEndpoint: the call goes to an instance over real HTTP, and leaves its metrics behind."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from local.adapters import bridge
from local.adapters.sagemaker_route import Response
from local.sagemaker.endpoints import HOST
from local.sagemaker.errors import InvalidInvocation, ModelFailed, Throttled
from local.sagemaker.hosting import Host
from local.sagemaker.instance import Answer, InstanceFailedError
from local.sagemaker.state import World

MAX_SERVERLESS_BYTES = 4 * 1024 * 1024
_ANSWERING = ("InService", "Updating", "RollingBack", "SystemUpdating")


def invoke(world: World, name: str, headers: dict[str, str], body: bytes) -> Response:
    """An error answer counts as a call too; a throttled or unknown one does not reach the container."""
    endpoint = world.endpoints.get(name)
    if endpoint is None or endpoint["EndpointStatus"] not in _ANSWERING or HOST not in endpoint:
        raise InvalidInvocation(f"Endpoint {name} of account {world.scope.account} not found.")
    host: Host = endpoint[HOST]
    if len(body) > MAX_SERVERLESS_BYTES:
        raise InvalidInvocation(
            f"Request body is {len(body)} bytes; a serverless endpoint takes {MAX_SERVERLESS_BYTES}."
        )
    began = time.monotonic()
    answer, setup, model_seconds = _ask(host, headers, body)
    total = time.monotonic() - began
    _record(world, name, host, answer.status, total, setup, model_seconds)
    if not 200 <= answer.status < 300:
        message = answer.body.decode(errors="replace")
        raise ModelFailed(
            f"Received {'client' if answer.status < 500 else 'server'} error ({answer.status}) from primary with "
            f'message "{message}". See https://console.aws.amazon.com/cloudwatch in account {world.scope.account} '
            "for more information.",
            OriginalStatusCode=answer.status,
            OriginalMessage=message,
            LogStreamArn=world.scope.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{name}"),
        )
    shown = {"x-Amzn-Invoked-Production-Variant": host.variant["VariantName"], "Content-Type": answer.content_type}
    return 200, shown, answer.body


def _ask(host: Host, headers: dict[str, str], body: bytes) -> tuple[Answer, float, float]:
    forwarded = {
        sent: headers[given]
        for given, sent in (("content-type", "Content-Type"), ("accept", "Accept"))
        if headers.get(given)
    }
    try:
        with host.instance() as (instance, setup):
            asked = time.monotonic()
            answer = instance.send("POST", "/invocations", forwarded, body)
            return answer, setup, time.monotonic() - asked
    except Throttled:
        raise
    except (OSError, http.client.HTTPException, InstanceFailedError) as error:
        return Answer(500, "text/plain", f"{type(error).__name__}: {error}".encode()), 0.0, 0.0


def _record(world: World, name: str, host: Host, status: int, total: float, setup: float, model_seconds: float) -> None:
    """Latencies in microseconds, under both dimensions; no datapoint where there was no call."""
    dimensions = {"EndpointName": name, "VariantName": host.variant["VariantName"]}
    metrics: list[tuple[str, float, str]] = [
        ("Invocations", 1, "None"),
        ("Invocation4XXErrors", int(400 <= status < 500), "None"),
        ("Invocation5XXErrors", int(status >= 500), "None"),
        ("ModelLatency", model_seconds * 1e6, "Microseconds"),
        ("OverheadLatency", (total - model_seconds) * 1e6, "Microseconds"),
    ]
    if setup:
        metrics.append(("ModelSetupTime", setup * 1e6, "Microseconds"))
    for metric, value, unit in metrics:
        bridge.put_metric(world.scope, metric, value, unit, dimensions)


def runtime_error(answer: Response) -> Response:
    """The runtime API reads an error's members from the body and its code from the header."""
    status, headers, body = answer
    members: dict[str, Any] = json.loads(body)
    members.pop("__type", None)
    return status, {**headers, "Content-Type": "application/json"}, json.dumps(members).encode()
