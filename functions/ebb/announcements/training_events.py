"""TODO-DOC functions/ebb/announcements/training_events.py."""

from __future__ import annotations

from ebb.announcements.announcement import Announcement, safe
from ebb.announcements.wording import clause, retry_command


def training_failed(model: str, run: str, reason: str, *, retry: bool) -> Announcement:
    """`retry`: whether the same data may be trained without a change."""
    remedy = (
        f"`{retry_command(model)}` trains it again."
        if retry
        else "Correct the data or model.toml, and upload the data again."
    )
    sentence = f"Training {run} failed: {clause(reason)}. Nothing was deployed. {remedy}"
    return Announcement("TrainingFailed", model, run, sentence, {"reason": safe(reason), "retry": retry})
