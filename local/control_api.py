"""The cloud's own API, below `/_local/`: move the clock, order faults and misbehaviour, look at the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from local.adapters.cloudwatch.metric_points import EYESIGHT
from local.adapters.fault_points import AnswerLostError
from local.adapters.iam import callers
from local.clock import parse_duration
from local.faults import Faults
from local.sagemaker.state import Cloud
from local.state_view import state

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
Answer = tuple[int, dict[str, Any]]

MAX_BODY_BYTES = 64 * 1024
_METRICS = "metrics"
_DOORS = (
    "the doors are: GET and POST clock; GET, POST and DELETE faults; DELETE faults/<id>; GET and POST misbehave; "
    "GET state"
)


class ControlApi:
    """An ASGI application: `/_local/…` here, everything else to the one inside."""

    def __init__(self, cloud: Cloud, faults: Faults, inside: Application) -> None:
        self._cloud, self._faults, self._inside = cloud, faults, inside

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/_local/"):
            await self._pass_on(scope, receive, send)
            return
        try:
            given = _json(await _body(receive))
            status, answer = await self._answer(scope["method"], scope["path"], given)
        except ValueError as broken:
            status, answer = 400, {"error": str(broken)}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode() + b"\n"})

    async def _pass_on(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        client, server = (scope.get(end) or ("", 0) for end in ("client", "server"))
        callers.connection.set((client[1], server[1]))
        try:
            await self._inside(scope, receive, send)
        except AnswerLostError:
            # An answer that promises a body and ends: the connection is cut, and the client knows nothing.
            headers = [(b"content-length", b"1"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _answer(self, method: str, path: str, given: dict[str, Any]) -> Answer:
        door, _, name = path.removeprefix("/_local/").strip("/").partition("/")
        doors: dict[tuple[str, str], Callable[[], Awaitable[Answer] | Answer]] = {
            ("POST", "clock"): lambda: self._advance(given),
            ("GET", "clock"): self._clock,
            ("POST", "faults"): lambda: (200, {"id": self._faults.add(given).id}),
            ("GET", "faults"): lambda: (200, {"faults": self._faults.listed()}),
            ("DELETE", "faults"): lambda: self._remove(name),
            ("POST", "misbehave"): lambda: self._misbehave(given),
            ("GET", "misbehave"): self._misbehaviour,
            ("GET", "state"): lambda: (200, state(self._cloud)),
        }
        open_door = doors.get((method, door))
        if open_door is None or (name and door != "faults"):
            return 404, {"error": _DOORS}
        answer = open_door()
        return answer if isinstance(answer, tuple) else await answer

    async def _advance(self, given: dict[str, Any]) -> Answer:
        try:
            seconds = parse_duration(str(given["advance"]))
        except (ValueError, KeyError) as broken:
            raise ValueError(f'POST {{"advance": "24h"}}: {broken}') from broken
        # In a thread: moving restarts function processes and waits for those at work.
        await asyncio.to_thread(self._cloud.clock.advance, seconds)
        return self._clock()

    def _clock(self) -> Answer:
        return 200, {"offset_seconds": self._cloud.clock.offset}

    def _remove(self, name: str) -> Answer:
        removed = self._faults.remove(name or None)
        if name and not removed:
            return 404, {"error": f"there is no fault {name}"}
        return 200, {"removed": removed}

    def _misbehave(self, given: dict[str, Any]) -> Answer:
        """`metrics` is CloudWatch's; every other name is the local SageMaker's. The value null takes it back."""
        if "name" not in given or "value" not in given:
            raise ValueError('POST {"name": "metrics", "value": "blind"}')
        name, value = str(given["name"]), given["value"]
        if name == _METRICS:
            EYESIGHT.set("clear" if value is None else str(value))
        else:
            self._cloud.misbehave(name, value)
        return self._misbehaviour()

    def _misbehaviour(self) -> Answer:
        return 200, {**self._cloud.misbehaviour, _METRICS: EYESIGHT.described()}


def _json(body: bytes) -> dict[str, Any]:
    """ValueError says what is wrong with the body."""
    try:
        given = json.loads(body or b"{}")
    except RecursionError as broken:
        raise ValueError("the body is nested too deeply") from broken
    except ValueError as broken:
        raise ValueError(f"the body is not JSON: {broken}") from broken
    if not isinstance(given, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004  (all that is wrong is one kind)
    return given


async def _body(receive: Receive) -> bytes:
    """Read to its end, so that the client gets to read the answer; what is too long is not kept."""
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        length += len(part)
        if length <= MAX_BODY_BYTES:
            parts.append(part)
        more = message.get("more_body", False)
    if length > MAX_BODY_BYTES:
        raise ValueError(f"the body is longer than {MAX_BODY_BYTES} bytes")
    return b"".join(parts)
