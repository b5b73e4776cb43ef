"""`ebb wake` and `ebb sleep`: one request, only where it makes sense, and followed as long as somebody waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.app import main
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.times import parsed
from tests.emulated.cli.asked_of_ebb import heard_requests, once_asked, said
from tests.emulated.described import described
from tests.emulated.served_sagemaker import served
from tests.emulated.stack import NEWER, Stack

SINCE = parsed("2026-11-22T15:00:00Z")
WAKE = Wanted(NEWER, Reason.WAKE, SINCE, before=State.ASLEEP)
Heard = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with described(stack, monkeypatch), served(stack.sagemaker, monkeypatch):
        yield


@pytest.fixture
def heard(stack: Stack) -> Heard:
    return heard_requests(stack)


def known(stack: Stack, state: State, **facts: Any) -> EndpointRow:
    said(stack, state.value)
    row = EndpointRow("abalone", state=state, since=SINCE, live_run=NEWER, live_config=NEWER, **facts)
    return stack.ledger.write_endpoint(row)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("state", [State.ASLEEP, State.BROKEN, State.WAKING])
def test_what_is_not_awake_is_asked_to_wake(
    stack: Stack, heard: Heard, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, state)
    code, document = asked(capsys, "wake", "abalone")
    assert (code, document["outcome"], document["state"], document["run"]) == (0, "asked", state, NEWER)
    assert heard() == [{"request": "Wake", "stack": "ebb", "model": "abalone", "by": "request"}]


def test_a_person_is_told_how_to_watch_it(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    known(stack, State.ASLEEP)
    assert main(["wake", "abalone"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "✓ Asked to wake abalone; it takes a few minutes.",
        "  Watch it: aws logs tail /ebb/ebb/journal --follow",
    ]


def test_what_is_awake_needs_nothing(
    stack: Stack, heard: Heard, behind: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    behind(NEWER)
    known(stack, State.LIVE)
    assert main(["wake", "abalone"]) == 0
    assert capsys.readouterr().out == "· Nothing to do: abalone is awake, since 2026-11-22 15:00 UTC.\n"
    assert heard() == []


def test_what_only_the_ledger_believes_awake_is_asked_for(
    stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, State.LIVE)
    code, document = asked(capsys, "wake", "abalone")
    assert (code, document["outcome"], len(heard())) == (0, "asked", 1)


@pytest.mark.parametrize(("command", "what"), [("wake", "woken"), ("sleep", "put to sleep")])
def test_a_model_without_a_live_run_cannot(
    stack: Stack, heard: Heard, command: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said(stack, "refused", "abalone.csv was refused.")
    code, document = asked(capsys, command, "abalone")
    assert (code, document["outcome"], document["run"]) == (1, "refused", None)
    told = f"abalone has no live run that could be {what}. Its newest run: abalone.csv was refused."
    assert document["sentence"] == told
    assert heard() == []


def test_a_deployment_under_way_wakes_it_by_itself(
    stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, State.DEPLOYING, wanted=Wanted(NEWER, Reason.FIRST, SINCE))
    code, document = asked(capsys, "wake", "abalone")
    assert (code, document["outcome"], heard()) == (0, "nothing", [])


def test_who_waits_is_told_when_it_is_awake(stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    row = known(stack, State.ASLEEP)

    def wake() -> None:
        waking = stack.ledger.write_endpoint(row.wants(WAKE, State.WAKING))
        said(stack, "live", "ebb-abalone is awake again.")
        stack.ledger.write_endpoint(waking.settled(State.LIVE, SINCE))

    with once_asked(stack, wake) as came:
        code, document = asked(capsys, "wake", "abalone", "--wait", "20")
    assert (code, document["outcome"], document["state"]) == (0, "done", "live")
    assert document["sentence"] == "abalone is awake. ebb-abalone is awake again."
    assert len(came) == 1


def test_who_waits_is_told_when_it_breaks(stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    row = known(stack, State.ASLEEP)
    with once_asked(stack, lambda: _write(stack, row.settled(State.BROKEN, SINCE))):
        code, document = asked(capsys, "wake", "abalone", "--wait", "20")
    assert (code, document["outcome"]) == (1, "failed")
    assert document["sentence"].startswith("abalone did not wake: it is broken.")


def test_what_a_wake_waits_for_is_told_when_the_time_is_over(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    known(stack, State.ASLEEP, blocked_by="no free endpoint slot")
    code, document = asked(capsys, "wake", "abalone", "--wait", "0.3")
    assert (code, document["outcome"]) == (4, "waiting")
    assert "After 0 seconds it is asleep: no free endpoint slot. It may still go on." in document["sentence"]


def test_sleep_is_asked_for(stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    known(stack, State.LIVE)
    code, document = asked(capsys, "sleep", "abalone")
    assert (code, document["outcome"]) == (0, "asked")
    assert heard() == [{"request": "Sleep", "stack": "ebb", "model": "abalone"}]


def test_what_is_asleep_needs_no_sleep(stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    known(stack, State.ASLEEP)
    code, document = asked(capsys, "sleep", "abalone")
    assert (code, document["outcome"], heard()) == (0, "nothing", [])


@pytest.mark.parametrize("state", [State.DEPLOYING, State.WAKING])
def test_what_is_being_changed_sleeps_afterwards(
    stack: Stack, heard: Heard, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, state, wanted=WAKE)
    code, document = asked(capsys, "sleep", "abalone")
    assert (code, len(heard())) == (0, 1)
    told = "Asked to put abalone to sleep, as soon as the change that is under way has ended."
    assert document["sentence"] == told


def test_sleep_is_over_when_the_endpoint_is_gone(
    stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger says asleep first, and deletes then."""
    row = known(stack, State.LIVE)

    def sleep() -> None:
        going = _write(stack, row.wants(Wanted("", Reason.WAKE, SINCE), State.ASLEEP))
        _write(stack, going.settled(State.ASLEEP, SINCE))

    with once_asked(stack, sleep):
        code, document = asked(capsys, "sleep", "abalone", "--wait", "20")
    assert (code, document["outcome"], document["sentence"]) == (0, "done", "abalone is asleep.")


def test_sleep_is_not_over_while_the_endpoint_is_being_deleted(
    stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, State.ASLEEP, wanted=Wanted("", Reason.WAKE, SINCE))
    code, document = asked(capsys, "sleep", "abalone", "--wait", "0.2")
    assert (code, document["outcome"], len(heard())) == (4, "waiting", 1)


def test_an_unknown_model_is_not_found_and_one_like_it_is_named(
    stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    known(stack, State.ASLEEP)
    assert main(["wake", "abalon"]) == 3
    assert capsys.readouterr().err == "ebb wake: The stack ebb knows no model abalon. Did you mean abalone?\n"
    assert heard() == []


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "1e9"])
def test_a_wait_that_is_none_is_wrong_usage(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wake", "abalone", f"--wait={seconds}"]) == 2
    assert "is no number of seconds" in capsys.readouterr().err


def _write(stack: Stack, row: EndpointRow) -> EndpointRow:
    return stack.ledger.write_endpoint(row)
