from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.outcome import CommandError
from cli.stack.deployed_stack import DeployedStack
from cli.stack.requests import ask


@dataclass
class Bus:
    """Answers 200 and takes or refuses what it is sent."""

    refusal: dict[str, str] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.sent += Entries
        return {"FailedEntryCount": int(bool(self.refusal)), "Entries": [self.refusal]}


def stack(bus: Bus) -> DeployedStack:
    return DeployedStack("tide", {}, cast("Any", SimpleNamespace(events=bus)))


def test_a_request_names_the_stack_that_is_asked() -> None:
    bus = Bus()
    ask(stack(bus), "Retry", model="abalone", run="ebb-abalone-261122153000-k3v7q")
    (entry,) = bus.sent
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("ebb-requests", "ebb.request", "Retry")
    assert json.loads(entry["Detail"]) == {"stack": "tide", "model": "abalone", "run": "ebb-abalone-261122153000-k3v7q"}


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ({"ErrorCode": "InternalFailure"}, "InternalFailure"),
        ({"ErrorCode": "Throttled", "ErrorMessage": "Too many"}, "Too many"),
        ({"EventId": ""}, "it gave no reason"),
    ],
)
def test_a_request_that_the_bus_did_not_take_is_told(refusal: dict[str, str], reason: str) -> None:
    with pytest.raises(CommandError) as told:
        ask(stack(Bus(refusal)), "Retry", model="abalone", run="x")
    assert (str(told.value), told.value.code) == (f"The bus did not take the request ({reason}). Try again.", 1)
