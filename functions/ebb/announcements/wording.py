"""Words that several announcements share."""

from __future__ import annotations

from ebb.announcements.announcement import safe

MAX_REASON_LENGTH = 500  # in a sentence, so that what to do next is not cut off


def its_task(predicts: str) -> str:
    """A sentence of its own, behind others; nothing where that is not known."""
    return f" It {predicts}." if predicts else ""


def retry_command(model: str) -> str:
    return f"ebb retry {model}"


def clause(reason: str) -> str:
    """As it may stand in the middle of a sentence of ours."""
    text = safe(reason).rstrip(". ")
    return text if len(text) <= MAX_REASON_LENGTH else f"{text[: MAX_REASON_LENGTH - 1]}…"
