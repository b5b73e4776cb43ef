"""The announcements of a run on its way to training: refused, started, failed; and of requests that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebb.announcements.announcement import Announcement, safe
from ebb.announcements.wording import clause, its_task, retry_command


def training_started(
    model: str, run: str, upload: str, rows: dict[str, int], instance_type: str, predicts: str
) -> Announcement:
    """`upload`: its key. `predicts`: ebb.datasets.predicts."""
    sentence = (
        f"{upload} is accepted: {rows['train']} rows to train on, {rows['validation']} held out. "
        f"Training {run} on {instance_type}.{its_task(predicts)}"
    )
    return Announcement("TrainingStarted", model, run, sentence, {"rows": rows})


def training_failed(model: str, run: str, reason: str, *, retry: bool) -> Announcement:
    """`retry`: whether the same data may be trained without a change."""
    remedy = (
        f"`{retry_command(model)}` trains it again."
        if retry
        else "Correct the data or model.toml, and upload the data again."
    )
    sentence = f"Training {run} failed: {clause(reason)}. Nothing was deployed. {remedy}"
    return Announcement("TrainingFailed", model, run, sentence, {"reason": safe(reason), "retry": retry})


def dataset_refused(
    model: str | None, run: str | None, sentence: str, problems: Sequence[dict[str, Any]], **more: Any
) -> Announcement:
    """`problems`: as JSON shows them."""
    return Announcement("DatasetRefused", model or "-", run, sentence, {"problems": list(problems), **more})


def request_refused(
    model: str | None, request: str, reason: str, *, run: str | None = None, by: str = "unknown", given_up: bool = False
) -> Announcement:
    """`request`: its kind. `given_up`: after the longest wait, when a part of it may have been done."""
    how, then = "refused", "Nothing was changed."
    if given_up:
        how, then = "given up", "It is not tried any longer: ask again when nothing is in its way."
    sentence = f"{request} of {model or 'a model'} was {how}: {clause(reason)}. {then}"
    facts = {"request": safe(request), "reason": safe(reason), "by": by}
    return Announcement("RequestRefused", model or "-", run, sentence, facts)
