"""`ebb keep`, `apply`, `rollback` and `delete`: what they ask for, and what they do not."""

from __future__ import annotations

import datetime as dt
import io
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
from tests.emulated.stack import BUCKET, NEWER, NOW, OLDER, Stack

SINCE = parsed("2026-11-22T15:00:00Z")
CHANGE = Wanted(OLDER, Reason.PROMOTION, SINCE, before=State.LIVE)
Heard = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with described(stack, monkeypatch), served(stack.sagemaker, monkeypatch):
        yield


@pytest.fixture
def heard(stack: Stack) -> Heard:
    return heard_requests(stack)


@pytest.fixture
def live(stack: Stack) -> EndpointRow:
    said(stack, "live")
    row = EndpointRow("abalone", state=State.LIVE, since=SINCE, live_run=NEWER, live_config=NEWER, previous_run=OLDER)
    return stack.ledger.write_endpoint(row)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("options", "until", "told"),
    [
        ((), "true", "Asked to keep abalone awake for ever."),
        (("--forever",), "true", "Asked to keep abalone awake for ever."),
        (("--not",), "false", "Asked to keep abalone no longer: it sleeps when nobody calls it."),
        (("--until", "2099-12-24T18:00+01:00"), "2099-12-24T17:00:00Z", "until 2099-12-24 17:00 UTC."),
    ],
)
def test_keep_says_until_when(
    live: EndpointRow,
    heard: Heard,
    options: tuple[str, ...],
    until: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, document = asked(capsys, "keep", "abalone", *options)
    assert (code, document["until"]) == (0, until)
    assert document["sentence"].endswith(told)
    assert heard() == [{"request": "Keep", "stack": "ebb", "model": "abalone", "until": until}]


def test_a_span_counts_from_now(live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    assert asked(capsys, "keep", "abalone", "--for", "1d12h")[0] == 0
    (request,) = heard()
    end = dt.datetime.fromisoformat(request["until"])
    assert before <= end - dt.timedelta(hours=36) <= dt.datetime.now(dt.UTC)


def test_a_time_without_a_zone_is_the_persons_own(
    live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    own = dt.datetime(2099, 12, 24, 18, 0).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert asked(capsys, "keep", "abalone", "--until", "2099-12-24T18:00")[1]["until"] == own


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--until", "2020-01-01"), "is over."),
        (("--until", "tomorrow"), "'tomorrow' is no time: write it like 2026-12-24 or 2026-12-24T18:00Z."),
        (("--for", "8"), "'8' is no length of time: write it like 90m, 8h, 2d or 1w."),
        (("--for", "999999999999w"), "is too long."),
        (("--for", "9999999d"), "date value out of range."),
        (("--for", "8h", "--not"), "not allowed with argument"),
    ],
)
def test_a_time_that_is_none_is_wrong_usage(
    live: EndpointRow, heard: Heard, options: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keep", "abalone", *options]) == 2
    assert told in capsys.readouterr().err
    assert heard() == []


def test_what_sleeps_is_kept_from_its_next_waking_on(
    stack: Stack, live: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(live.settled(State.ASLEEP, SINCE))
    assert "It is asleep: that holds from its next waking on (`ebb wake abalone`)." in " ".join(
        asked(capsys, "keep", "abalone")[1]["sentence"].split()
    )


def test_settings_are_applied_to_the_live_run(
    live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = asked(capsys, "apply", "abalone")
    assert (code, document["sentence"]) == (0, f"Asked to apply the newest settings of abalone to {NEWER}.")
    assert heard() == [{"request": "Apply", "stack": "ebb", "model": "abalone"}]


def test_a_roll_back_goes_to_the_run_before(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    def return_to_it() -> None:
        changing = stack.ledger.write_endpoint(live.wants(CHANGE))
        stack.ledger.write_endpoint(changing.settled(State.LIVE, SINCE, live_run=OLDER, previous_run=NEWER))

    with once_asked(stack, return_to_it) as came:
        code, document = asked(capsys, "rollback", "abalone", "--wait", "20")
    assert came == [{"request": "Rollback", "stack": "ebb", "model": "abalone"}]
    assert (code, document["outcome"], document["sentence"]) == (0, "done", f"abalone is back at {OLDER}.")


def test_a_roll_back_that_was_taken_back_has_failed(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    with once_asked(stack, lambda: _write(stack, live.settled(State.BROKEN, SINCE))):
        code, document = asked(capsys, "rollback", "abalone", "--wait", "20")
    assert (code, document["outcome"]) == (1, "failed")
    assert document["sentence"] == f"abalone did not go back: it is broken with {NEWER}."


def test_there_is_nothing_to_go_back_to(stack: Stack, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    said(stack, "live")
    stack.ledger.write_endpoint(EndpointRow("abalone", state=State.LIVE, live_run=NEWER))
    assert main(["rollback", "abalone"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert told == f"✗ There is nothing to go back to: {NEWER} is the only run of abalone that was live."
    assert heard() == []


def test_nothing_goes_back_during_a_change(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(live.wants(CHANGE))
    code, document = asked(capsys, "rollback", "abalone")
    assert (code, document["outcome"], heard()) == (1, "refused", [])


@pytest.mark.usefixtures("live", "heard")
@pytest.mark.parametrize(
    ("command", "request_"), [("sleep", "Sleep"), ("apply", "Apply"), ("rollback", "Rollback"), ("delete", "Delete")]
)
@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("refused request", "was refused: it could not be woken. Nothing was changed."),
        ("given up", "was given up: it could not be woken. It is not tried any longer: ask again when nothing is in"),
    ],
)
def test_who_waits_for_a_request_that_is_refused_is_told_why(
    stack: Stack,
    command: str,
    request_: str,
    outcome: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    yes = ("--yes",) if command == "delete" else ()
    with once_asked(stack, lambda: None, outcome=outcome, reason="it could not be woken"):
        code, document = asked(capsys, command, "abalone", *yes, "--wait", "20")
    assert (code, document["outcome"], document["request"]) == (1, "refused", request_)
    assert document["sentence"].startswith(f"{request_} of abalone {told}")


def test_an_answer_to_somebody_elses_request_is_none_to_this_one(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.record_answer("another", NOW, outcome="refused request", reason="no")
    code, document = asked(capsys, "sleep", "abalone", "--wait", "0.2")
    assert (code, document["outcome"]) == (4, "waiting")


def test_the_answer_to_a_request_that_is_under_way_is_waited_for(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "apply", "abalone", "--wait", "0.2")[0] == 4


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        ({"outcome": "applied"}, 0, "abalone goes by its new [idle]."),
        ({"outcome": "nothing to apply"}, 0, "abalone has these settings already."),
        ({"outcome": "applied as soon as it is live"}, 0, "abalone has its new settings from its next waking on."),
        ({"outcome": "nothing is live"}, 1, "The settings of abalone are not applied: nothing is live."),
        ({"outcome": "on its way", "config": NEWER}, 0, "abalone answers with its new settings."),
        ({"outcome": "on its way", "config": f"{NEWER}-2"}, 1, "abalone goes on with its settings from before"),
        ({"outcome": "already refused", "reason": "Line 2: no"}, 1, "Apply of abalone was refused: Line 2: no."),
        ({"outcome": "not possible", "reason": "too much"}, 1, "Apply of abalone was refused: too much."),
    ],
)
def test_who_waits_for_settings_is_told_what_became_of_them(
    stack: Stack,
    live: EndpointRow,
    heard: Heard,
    answer: dict[str, str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with once_asked(stack, lambda: None, **answer):
        found, document = asked(capsys, "apply", "abalone", "--wait", "20")
    assert (found, document["sentence"][: len(told)]) == (code, told)


def test_settings_that_are_on_their_way_are_waited_for(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    config = f"{NEWER}-2"
    _write(stack, live.wants(Wanted(config, Reason.APPLY, SINCE, before=State.LIVE)))
    with once_asked(stack, lambda: None, outcome="on its way", config=config):
        assert asked(capsys, "apply", "abalone", "--wait", "0.5")[0] == 4


@pytest.mark.parametrize("command", ["keep", "apply", "rollback"])
def test_without_a_live_run_there_is_nothing_to_change(
    stack: Stack, heard: Heard, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said(stack, "training")
    code, document = asked(capsys, command, "abalone")
    assert (code, document["outcome"], heard()) == (1, "refused", [])
    assert document["sentence"].startswith("abalone has no live run ")


def test_a_deletion_says_what_is_kept(live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = asked(capsys, "delete", "abalone", "--yes")
    assert (code, document["outcome"]) == (0, "asked")
    assert f"Kept: s3://{BUCKET}/datasets/abalone/, s3://{BUCKET}/runs/abalone/" in document["sentence"]
    assert heard() == [{"request": "Delete", "stack": "ebb", "model": "abalone"}]


def test_a_deletion_is_over_when_the_ledger_has_no_run_live(
    stack: Stack, live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = live.settled(State.NONE, SINCE, live_run="", live_config="", previous_run="")
    with once_asked(stack, lambda: _write(stack, gone)):
        code, document = asked(capsys, "delete", "abalone", "--yes", "--wait", "20")
    assert (code, document["outcome"], document["sentence"]) == (0, "done", "abalone is deleted.")


def test_a_deletion_is_not_over_while_something_of_it_is_left(
    stack: Stack, live: EndpointRow, behind: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(live.settled(State.NONE, SINCE, live_run="", live_config=""))
    behind(NEWER)
    for end in (4, 4, 4, 0):
        assert main(["delete", "abalone", "--yes", "--wait", "0.1"]) == end
        for left in (stack.sagemaker.endpoints, stack.sagemaker.configs, stack.sagemaker.models):
            if left:
                left.clear()
                break


def test_a_deletion_without_yes_where_nobody_can_be_asked_is_wrong_usage(
    live: EndpointRow, heard: Heard, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("abalone\n"))
    assert main(["delete", "abalone"]) == 2
    assert capsys.readouterr().err == "ebb delete: Nobody can be asked here: say --yes.\n"
    assert heard() == []


@pytest.mark.parametrize(("typed", "code", "requests"), [("abalone\n", 0, 1), ("y\n", 1, 0), ("", 1, 0)])
def test_a_deletion_asks_for_the_models_name(
    live: EndpointRow,
    heard: Heard,
    typed: str,
    code: int,
    requests: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["delete", "abalone"]) == code
    told = " ".join(capsys.readouterr().err.split())
    assert f"Deleted: the endpoint of abalone, with {NEWER} behind it" in told
    assert "Type abalone to go on:" in told
    assert ("Nothing was changed." in told) is (code == 1)
    assert len(heard()) == requests


def _write(stack: Stack, row: EndpointRow) -> None:
    stack.ledger.write_endpoint(row)
