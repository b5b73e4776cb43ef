"""What is wrong and belongs to no run: told once, with its problems, and remembered for a week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebb.announcements.announcement import Announcement
from ebb.announcements.outbox import Outbox
from ebb.names import Upload, upload_digest


def tell_refusal(outbox: Outbox, upload: Upload, told: Announcement, problems: Sequence[dict[str, Any]] = ()) -> bool:
    """False when it was told before. The ledger comes last: what it knows is said.

    `problems`: for the model's latest.json, which there is only where the announcement names a model.
    """
    if outbox.ledger.refusal(upload_digest(upload)):
        return False
    outbox.publish(told, "refused" if told.model != "-" else "", problems)
    outbox.ledger.record_refusal(upload_digest(upload), outbox.now, reason=told.sentence, key=upload.key)
    return True
