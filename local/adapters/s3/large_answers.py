"""Objects of gigabytes are sent in blocks, where ministack sends them as one: in memory as often as it is read."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from ministack.core.responses import StreamingResponse
from ministack.services import s3

from local.adapters.replacing import replace
from local.body_on_disk import BodyOnDisk


def install() -> None:
    replace(s3, "handle_request", _in_blocks)


def _in_blocks(handle: Any) -> Any:
    async def handle_streaming(*args: Any, **named: Any) -> Any:
        status, headers, body = await handle(*args, **named)
        if isinstance(body, BodyOnDisk):
            return status, headers, StreamingResponse(functools.partial(_send, body))
        return status, headers, body

    return handle_streaming


async def _send(body: BodyOnDisk, send: Any, receive: Any) -> None:
    gone = asyncio.ensure_future(_left(receive))
    try:
        for block in body.blocks():
            await send({"type": "http.response.body", "body": block, "more_body": True})
            await asyncio.sleep(0)  # a quick reader keeps nobody else waiting
            if gone.done():
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _left(receive: Any) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
