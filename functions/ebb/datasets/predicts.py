"""What a model predicts, in words: a part of every sentence about a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LONGEST = 40


def what_it_predicts(dataset: Mapping[str, Any]) -> str:
    """By dataset.json: "predicts `species`, 3 classes"."""
    label = dataset["label"]
    column = f"column {label['position']}" if label["name"] is None else f"`{as_said(label['name'])}`"
    classes = label["classes"]
    if classes is None:
        return f"predicts {column}, a number"
    if len(classes) == len(("no", "yes")):
        return f"predicts {column}, {as_said(classes[0])} or {as_said(classes[1])} (the positive one)"
    return f"predicts {column}, {len(classes)} classes"


def as_said(text: str) -> str:
    """As it may stand in a sentence: short, on one line, and ending no quote of ours."""
    shown = "".join(mark if mark.isprintable() and mark not in "`\"'\\" else " " for mark in text[:_LONGEST])
    return f"{shown}…" if len(text) > _LONGEST else shown
