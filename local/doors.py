"""The cloud's own doors below `/_local/`: move the clock, look at the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from local.clock import parse_duration
from local.sagemaker.state import Cloud

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Doors:
    """An ASGI application: `/_local/…` here, everything else to the one inside."""

    def __init__(self, cloud: Cloud, inside: Application) -> None:
        self._cloud, self._inside = cloud, inside

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/_local/"):
            await self._inside(scope, receive, send)
            return
        status, answer = await self._answer(scope["method"], scope["path"], await _body(receive))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode() + b"\n"})

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        door = (method, path.removeprefix("/_local/").strip("/"))
        if door == ("POST", "clock"):
            return await self._advance(body)
        if door == ("GET", "clock"):
            return 200, {"offset_seconds": self._cloud.clock.offset}
        if door == ("GET", "state"):
            return 200, self._state()
        return 404, {"error": "the doors are: POST clock, GET clock, GET state"}

    async def _advance(self, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            seconds = parse_duration(str(json.loads(body)["advance"]))
        except (ValueError, KeyError, TypeError) as broken:
            return 400, {"error": f'POST {{"advance": "24h"}}: {broken}'}
        # In a thread: moving restarts function processes and waits for those at work.
        await asyncio.to_thread(self._cloud.clock.advance, seconds)
        return 200, {"offset_seconds": self._cloud.clock.offset}

    def _state(self) -> dict[str, Any]:
        return {
            f"{scope.account}/{scope.region}": {
                "training_jobs": {name: job["TrainingJobStatus"] for name, job in world.jobs.items()},
                "models": sorted(world.models),
                "endpoint_configs": sorted(world.configs),
                "endpoints": {name: endpoint["EndpointStatus"] for name, endpoint in world.endpoints.items()},
            }
            for scope, world in self._cloud.worlds.items()
        }


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
