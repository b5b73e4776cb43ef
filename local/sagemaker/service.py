"""The front door: a request is read, checked against the API's model, authorised, and handed to its operation."""

from __future__ import annotations

import asyncio
import contextvars
import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import unquote

from local.adapters import services
from local.adapters.sagemaker_route import Response
from local.sagemaker import endpoint_changes, endpoints, models, shapes, tags, training_jobs
from local.sagemaker.authorization import checks
from local.sagemaker.background import wait_for
from local.sagemaker.errors import SageMakerError, Unreadable
from local.sagemaker.invocation import invoke, runtime_error
from local.sagemaker.search import search
from local.sagemaker.state import Cloud, Record, World
from local.sagemaker.training_jobs import JOB

Operation = Callable[[Cloud, World, dict[str, Any]], Record]
OPERATIONS: dict[str, Operation] = {
    "CreateTrainingJob": training_jobs.create,
    "DescribeTrainingJob": training_jobs.describe,
    "ListTrainingJobs": training_jobs.list_jobs,
    "StopTrainingJob": training_jobs.stop,
    "DeleteTrainingJob": training_jobs.delete,
    "CreateModel": models.create_model,
    "DescribeModel": models.describe_model,
    "ListModels": models.list_models,
    "DeleteModel": models.delete_model,
    "CreateEndpointConfig": models.create_config,
    "DescribeEndpointConfig": models.describe_config,
    "ListEndpointConfigs": models.list_configs,
    "DeleteEndpointConfig": models.delete_config,
    "CreateEndpoint": endpoints.create,
    "UpdateEndpoint": endpoints.update,
    "DescribeEndpoint": endpoints.describe,
    "ListEndpoints": endpoints.list_endpoints,
    "DeleteEndpoint": endpoints.delete,
    "Search": search,
    "AddTags": tags.add,
    "ListTags": tags.list_tags,
    "DeleteTags": tags.delete,
}
_MOST_CALLS = 400
_JOBS_END_SECONDS = 5.0
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")


class SageMaker:
    """The handler that ministack routes SageMaker's requests to."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._operations = ThreadPoolExecutor(8, "operation")
        # Of their own, so that calls that wait for slow models leave the operations alone.
        self._invocations = ThreadPoolExecutor(_MOST_CALLS, "invocation")
        threading.Thread(target=self._tend, name="tend endpoints", daemon=True).start()

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        world = self.cloud.world(services.current_scope())
        # In threads: the loop must stay free while a model computes, and to answer what SageMaker itself asks of S3.
        work: Callable[[], Response] = partial(self._control, world, headers, body, query)
        pool = self._operations
        if (call := _INVOCATION.fullmatch(path)) and method == "POST":
            work, pool = partial(self._invoke, world, unquote(call[1]), headers, body, query), self._invocations
        return await asyncio.get_running_loop().run_in_executor(pool, contextvars.copy_context().run, work)

    def _control(self, world: World, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        name = headers.get("x-amz-target", "").partition(".")[2]
        model = shapes.operation_model(name)
        if model is None:
            return _unknown(f"SageMaker has no operation {name!r}.")
        if name not in OPERATIONS:
            return _unknown(f"The local SageMaker does not emulate {name}.")
        try:
            request = shapes.checked(model, _json(body))
            refused = services.refusal(world.scope, headers, query, checks(world, name, request))
            if refused:
                return services.denial(refused, headers)
            answer = OPERATIONS[name](self.cloud, world, request)
        except SageMakerError as error:
            return error.response()
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    def _invoke(self, world: World, name: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        refused = services.refusal(world.scope, headers, query, checks(world, "InvokeEndpoint", {"EndpointName": name}))
        if refused:
            return services.denial(refused, headers)
        try:
            return invoke(world, name, headers, body)
        except SageMakerError as error:
            return runtime_error(error.response())

    def _hosts(self) -> list[Any]:
        return [
            endpoint[endpoints.HOST]
            for world in list(self.cloud.worlds.values())
            for endpoint in list(world.endpoints.values())
            if endpoints.HOST in endpoint
        ]

    def _tend(self) -> None:
        while not self.cloud.stopping.wait(0.2):
            endpoint_changes.maintain(self.cloud)
            for host in self._hosts():
                host.cool_down()

    def close(self) -> None:
        """Stop every job and every instance."""
        self.cloud.stopping.set()
        wait_for(JOB, _JOBS_END_SECONDS)
        for host in self._hosts():
            host.close()
        for pool in (self._operations, self._invocations):
            pool.shutdown(wait=False, cancel_futures=True)


def _json(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}", parse_constant=_refused)
    except (ValueError, RecursionError) as broken:
        raise Unreadable("The request body is not JSON.") from broken
    if not isinstance(request, dict):
        raise Unreadable("The request body is not a JSON object.")
    return request


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unknown(message: str) -> Response:
    body = {"__type": "UnknownOperationException", "message": message}
    return 404, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()
