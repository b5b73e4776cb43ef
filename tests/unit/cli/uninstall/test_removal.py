from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.terminal.screen import Screen
from cli.uninstall.lines import uninstall_lines
from cli.uninstall.removal import Done, Removal, Step


def failing(code: str, message: str = "No.") -> Any:
    def fail() -> None:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "DeleteModel")

    return fail


def test_a_step_is_done_and_noted() -> None:
    done: list[str] = []
    removal = Removal(show=done.append)
    removal.do("model", "m", "deleted", lambda: done.append("deleted m"))
    assert done == ["model m", "deleted m"]
    assert removal.steps == [Step("model", "m", "deleted", Done.DONE)]


@pytest.mark.parametrize(
    "gone", [("ValidationException", "Could not find model."), ("ResourceNotFoundException", "It does not exist.")]
)
def test_what_is_not_there_any_more_has_been_removed(gone: tuple[str, str]) -> None:
    removal = Removal()
    removal.do("model", "m", "deleted", failing(*gone))
    assert removal.has(Done.DONE)


def test_what_fails_is_named_and_the_next_goes_on() -> None:
    removal = Removal()
    removal.do("model", "m", "deleted", failing("ValidationException"))
    removal.do("model", "n", "deleted", lambda: None)
    assert [step.outcome for step in removal.steps] == [Done.FAILED, Done.DONE]
    assert removal.steps[0].why == "AWS refused DeleteModel: No."


def test_a_bug_of_ours_is_none_of_its_steps() -> None:
    with pytest.raises(ZeroDivisionError):
        Removal().do("model", "m", "deleted", lambda: 1 / 0)


def test_a_dry_run_only_plans() -> None:
    removal = Removal(dry=True)
    removal.do("model", "m", "deleted", failing("ValidationException"))
    assert removal.steps == [Step("model", "m", "deleted", Done.PLANNED)]


def test_what_cannot_be_looked_for_is_a_failure() -> None:
    removal = Removal()
    assert removal.find("model", failing("AccessDenied")) is None
    assert removal.steps == [
        Step("model", "*", "looked for", Done.FAILED, "Your credentials do not allow DeleteModel: No.")
    ]


@pytest.mark.parametrize(
    ("outcome", "why", "told"),
    [
        ("done", "", "✓ model m deleted"),
        ("planned", "", "→ model m would be deleted"),
        ("left", "it is \x1bnot ours", "· model m is not deleted: it is \\x1bnot ours"),
        ("waiting", "it is still Deleting", "… model m is not yet deleted: it is still Deleting"),
        ("failed", "No.", "✗ model m could not be deleted: No."),
    ],
)
def test_each_outcome_reads_as_a_sentence(outcome: str, why: str, told: str) -> None:
    step = {"kind": "model", "name": "m", "what": "deleted", "outcome": outcome, "why": why}
    document = {"steps": [step], "stays": [], "next": "ebb uninstall", "dry_run": False}
    lines = list(uninstall_lines(document, Screen()))
    assert lines[0] == told
    assert " ".join(lines[3:]).strip().startswith("Run `ebb uninstall` again before you delete the stack")
