"""A sentence is readable wherever it ends up; an announcement that the bus refuses is an error."""

import json
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.announcements.announcement import MAX_SENTENCE_LENGTH, SOURCE, Announcement, safe
from ebb.aws.event_bus import EventLostError, put_event


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Line 3: 'abc' is not a number.", "Line 3: 'abc' is not a number."),
        ('He said "no".', "He said  no ."),
        ("one\r\n\ttwo", "one two"),
        ("C:\\data", "C: data"),
        ("\x1b[31mred\x7f", "[31mred"),
        ("a\u2028b\u2029c", "a b c"),
        ("größer ≥ 3", "größer ≥ 3"),
    ],
)
def test_control_characters_quotes_and_backslashes_become_spaces(said: str, heard: str) -> None:
    assert safe(said) == heard


@given(st.text(max_size=3000))
def test_a_safe_sentence_needs_no_escaping_inside_a_json_string(said: str) -> None:
    heard = safe(said)
    assert len(heard) <= MAX_SENTENCE_LENGTH
    assert json.dumps(heard, ensure_ascii=False) == f'"{heard}"'
    assert safe(heard).strip() == heard.strip()


@dataclass
class Bus:
    """Answers 200 and takes or refuses what it is sent."""

    refuses: int = 0
    sent: list[dict[str, Any]] | None = None

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.sent = Entries
        return {"FailedEntryCount": self.refuses, "Entries": [{"ErrorCode": "InternalFailure"}]}


SAID = Announcement("DatasetRefused", "abalone", None, 'Line 1: "x".', {"problems": [1]})


def test_an_announcement_carries_stack_model_run_and_safe_sentence() -> None:
    bus = Bus()
    put_event(cast("Any", bus), SOURCE, SAID.name, SAID.detail("ebb"))
    assert bus.sent is not None
    (entry,) = bus.sent
    assert (entry["Source"], entry["DetailType"]) == ("ebb", "DatasetRefused")
    assert json.loads(entry["Detail"]) == {
        "stack": "ebb",
        "model": "abalone",
        "run": None,
        "sentence": "Line 1:  x .",
        "problems": [1],
    }


def test_an_event_that_the_bus_did_not_take_raises() -> None:
    with pytest.raises(EventLostError, match="DatasetRefused"):
        put_event(cast("Any", Bus(refuses=1)), SOURCE, SAID.name, SAID.detail("ebb"))
