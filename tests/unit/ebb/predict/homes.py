"""A small table of every kind of column, as start_training has read it; and requests about it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from ebb.predict.errors import RequestError
from ebb.predict.http import Request
from ebb.predict.sent_rows import SentRows
from ebb.predict.served_run import ServedRun
from ebb.settings.model_settings import Endpoint, ModelSettings
from tests.unit.ebb.datasets.preparing import Memory, prepared

HOMES = """note,rooms,price,heating,garden
a,3,10,gas,yes
b,4,12,oil,no
c,,11,gas,yes
d,5.50,15,gas,YES
e,1e-50,9,wood,
f,2,13,oil,no
g,7,14,,no
h,3,10,gas,no
i,6,11,oil,no
j,1,12,gas,no
"""
FIRST = "3,1,0,0,1"  # its first row, encoded: rooms, heating as gas, oil or wood, garden


@cache
def run_of(
    text: str = HOMES, label: str | int = "price", drop: tuple[str | int, ...] = ("note",), most_bytes: int = 0
) -> ServedRun:
    """`most_bytes`: what the model's container takes, if not as much as usual."""
    environment = {"MAX_CONTENT_LENGTH": str(most_bytes)} if most_bytes else {}
    settings = ModelSettings(validation=0.0, label=label, drop=drop, endpoint=Endpoint(environment=environment))
    dataset = prepared(Memory(text.encode()), settings)[0].as_json()
    return ServedRun.of("run", dataset, settings)


def sent(body: bytes | str | Any, content_type: str = "application/json", **headers: str) -> Request:
    """What is not text or bytes is sent as JSON."""
    text = body if isinstance(body, (bytes, str)) else json.dumps(body)
    content = text.encode() if isinstance(text, str) else text
    return Request("POST", ("models", "homes", "predictions"), {"content-type": content_type} | headers, content)


def encoded(body: Any, run: ServedRun | None = None) -> list[str]:
    return SentRows.of(sent(body)).encoded(run or run_of())


def encoded_csv(text: str | bytes, run: ServedRun | None = None) -> list[str]:
    return SentRows.of(sent(text, "text/csv")).encoded(run or run_of())


def refused(body: Any, content_type: str = "application/json", run: ServedRun | None = None) -> dict[str, Any]:
    with pytest.raises(RequestError) as caught:
        SentRows.of(sent(body, content_type)).encoded(run or run_of())
    return dict(caught.value.as_json()["error"]) | {"status": caught.value.status.value}
