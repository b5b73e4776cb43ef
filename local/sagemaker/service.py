"""The front door: a request is read, checked against the API's model, authorised, and handed to its operation."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from local.adapters import bridge
from local.adapters.sagemaker_route import Response
from local.sagemaker import endpoints, models, shapes, tags, training_jobs
from local.sagemaker.authorization import checks
from local.sagemaker.errors import Invalid, SageMakerError
from local.sagemaker.invocation import invoke, runtime_error
from local.sagemaker.state import Cloud, Record, World

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
    "AddTags": tags.add,
    "ListTags": tags.list_tags,
    "DeleteTags": tags.delete,
}
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")


class SageMaker:
    """The handler that ministack routes SageMaker's requests to."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        threading.Thread(target=self._cool_down, name="cool down", daemon=True).start()

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        world = self.cloud.world(bridge.current_scope())
        if (call := _INVOCATION.fullmatch(path)) and method == "POST":
            # In a thread: the loop must stay free while the model computes.
            return await asyncio.to_thread(self._invoke, world, unquote(call[1]), headers, body, query)
        try:
            return self._control(world, headers, body, query)
        except SageMakerError as error:
            return error.response()

    def _control(self, world: World, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        name = headers.get("x-amz-target", "").partition(".")[2]
        model = shapes.operation_model(name)
        if model is None:
            return _unknown(f"SageMaker has no operation {name!r}.")
        if name not in OPERATIONS:
            return _unknown(f"The local SageMaker does not emulate {name}.")
        request = _json(body)
        shapes.check(model, request)
        refused = bridge.refusal(world.scope, headers, query, checks(world, name, request))
        if refused:
            return bridge.denial(*refused, headers)
        answer = OPERATIONS[name](self.cloud, world, request)
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    def _invoke(self, world: World, name: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        refused = bridge.refusal(world.scope, headers, query, checks(world, "InvokeEndpoint", {"EndpointName": name}))
        if refused:
            return bridge.denial(*refused, headers)
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

    def _cool_down(self) -> None:
        while not self.cloud.stopping.wait(0.2):
            for host in self._hosts():
                host.cool_down()

    def close(self) -> None:
        """Stop every job and every instance."""
        self.cloud.stopping.set()
        for host in self._hosts():
            host.close()


def _json(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as broken:
        raise Invalid("The request body is not JSON.") from broken
    if not isinstance(request, dict):
        raise Invalid("The request body is not a JSON object.")
    return request


def _unknown(message: str) -> Response:
    body = {"__type": "UnknownOperationException", "message": message}
    return 404, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()
