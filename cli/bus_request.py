"""What people ask of a stack: one event on the bus, which its rule hands to deploy_endpoint."""

from __future__ import annotations

import json

from cli.deployed_stack import DeployedStack
from cli.outcome import CommandError, ExitCode

SOURCE = "ebb.request"


def ask(stack: DeployedStack, request: str, **detail: str) -> None:
    """PutEvents answers 200 even when it refuses: that raises here."""
    entry = {
        "Source": SOURCE,
        "DetailType": request,
        "Detail": json.dumps({"stack": stack.name} | detail),
    }
    answer = stack.clients.events.put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        (refused,) = answer["Entries"]
        reason = refused.get("ErrorMessage") or refused.get("ErrorCode", "it gave no reason")
        raise CommandError(ExitCode.FAILED, f"The bus did not take the request ({reason}). Try again.")
