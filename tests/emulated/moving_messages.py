"""StartMessageMoveTask, which moto lacks: everything in a dead-letter queue goes to the queue that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sqs.responses import SQSResponse

if TYPE_CHECKING:
    import pytest
    from moto.sqs.models import SQSBackend


def install(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The tasks that are asked for from now on."""
    tasks: list[dict[str, str]] = []

    def start_message_move_task(self: SQSResponse) -> ActionResult:
        asked = {name: str(self._get_param(name)) for name in ("SourceArn", "DestinationArn")}
        _move(self.sqs_backend, *asked.values())
        tasks.append(asked)
        return ActionResult({"TaskHandle": str(len(tasks))})

    monkeypatch.setattr(SQSResponse, "start_message_move_task", start_message_move_task, raising=False)
    return tasks


def _move(backend: SQSBackend, source: str, destination: str) -> None:
    queues: dict[str, Any] = {queue.queue_arn: queue for queue in backend.queues.values()}
    queues[destination]._messages += queues[source]._messages
    queues[source]._messages.clear()
