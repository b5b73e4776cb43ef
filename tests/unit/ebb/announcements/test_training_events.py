"""A request that did not happen is told with its reason, whatever stands in that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs.event_schemas import event_schema
from ebb.announcements.announcement import MAX_SENTENCE_LENGTH, Announcement
from ebb.announcements.training_events import request_refused


def told(said: Announcement) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(json.dumps(said.detail("ebb")))
    Draft202012Validator(event_schema(said.name)).validate(detail)
    return detail


def test_refused_nothing_was_changed() -> None:
    detail = told(request_refused("abalone", "Sleep", "it could not be woken.", by="request"))
    assert detail["sentence"] == "Sleep of abalone was refused: it could not be woken. Nothing was changed."
    assert (detail["request"], detail["reason"], detail["by"]) == ("Sleep", "it could not be woken.", "request")


def test_given_up_it_is_not_said_that_nothing_was_changed() -> None:
    """A part of a deletion that waits for SageMaker has been done."""
    detail = told(request_refused("abalone", "Delete", "it has waited for 24 hours: room", given_up=True))
    assert detail["sentence"] == (
        "Delete of abalone was given up: it has waited for 24 hours: room. "
        "It is not tried any longer: ask again when nothing is in its way."
    )


@pytest.mark.parametrize("text", ['"\\\x00\n<script>', "x" * 9999, "é\u2028ü"])
def test_whatever_was_asked_it_is_as_published(text: str) -> None:
    detail = told(request_refused(None, text, f"{text} is no model"))
    assert detail["model"] == "-"
    assert len(detail["sentence"]) <= MAX_SENTENCE_LENGTH
