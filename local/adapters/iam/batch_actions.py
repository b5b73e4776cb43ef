"""SQS and its batches: AWS knows no action of their names. Whoever may send one message may send ten."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions

from local.adapters.replacing import replace

_BATCH = "Batch"
_SINGLE = {f"sqs:{name}{_BATCH}": f"sqs:{name}" for name in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}


def install() -> None:
    replace(iam_actions, "extract_iam_action", _as_the_single_one)


def _as_the_single_one(action_of: Any) -> Any:
    def action(*request: Any) -> Any:
        found = action_of(*request)
        return _SINGLE.get(found, found)

    return action
