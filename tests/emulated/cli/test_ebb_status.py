"""`ebb status`: what the ledger, the bucket and the journal know, without a call of any endpoint."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.app import main
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.times import iso, parsed
from tests.emulated.cli.asked_of_ebb import said
from tests.emulated.described import described
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.served_sagemaker import served
from tests.emulated.stack import NEWER, OLDER, Stack

LATER = iso(dt.datetime.now(dt.UTC) + dt.timedelta(hours=5, minutes=30))
EARLIER = iso(dt.datetime.now(dt.UTC) - dt.timedelta(hours=3, minutes=30))


SLEEPS = iso(dt.datetime.fromisoformat(EARLIER) + dt.timedelta(minutes=1440 + 10))


@pytest.fixture(autouse=True)
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "120")
    with described(stack, monkeypatch), served(stack.sagemaker, monkeypatch):
        yield


@pytest.fixture
def abalone(stack: Stack) -> EndpointRow:
    said(stack, "live", "ebb-abalone is live.")
    row = EndpointRow(
        "abalone",
        state=State.LIVE,
        since=parsed(EARLIER),
        live_run=NEWER,
        live_config=NEWER,
        previous_run=OLDER,
        last_call=parsed(EARLIER),
        due=parsed(EARLIER),
    )
    return stack.ledger.write_endpoint(row)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["status", *words]) == 0
    return capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    return dict(json.loads(shown(capsys, *words, "--json")))


def test_a_model_is_a_line(stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]) -> None:
    head, _, line = shown(capsys).splitlines()
    assert head.split() == ["model", "state", "run", "since", "last", "call", "next"]
    assert " ".join(line.split()) == "abalone live 300101000000-aaaaa 3 h ago 3 h ago sleep in 20 h"
    assert [name for name, _ in stack.sagemaker.calls] == ["search"]


def test_the_least_important_columns_go_where_there_is_no_room(
    abalone: EndpointRow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    head, _, line = shown(capsys).splitlines()
    assert head.split() == ["model", "state", "last", "call", "next"]
    assert max(map(len, (head, line))) <= 50


def test_every_model_that_ever_had_an_upload_is_there(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that nobody has to look at, which the ledger's index does not hold, and one that was only refused."""
    said(stack, "asleep", model="barley")
    stack.ledger.write_endpoint(EndpointRow("barley", state=State.ASLEEP, live_run=OLDER, purged=True))
    said(stack, "refused", "cod.csv was \x1brefused.", model="cod", run=None)
    models = document(capsys)["models"]
    assert [(model["model"], model["state"]) for model in models] == [
        ("abalone", "live"),
        ("barley", "asleep"),
        ("cod", "none"),
    ]
    assert models[1]["next"] == "config and model are purged"
    assert (models[2]["newest"]["stage"], models[2]["run"]) == ("refused", None)
    assert "· cod, newest upload (refused): cod.csv was refused." in shown(capsys)


def test_a_model_on_its_very_first_way_is_shown(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    said(stack, "training", "abalone.csv is accepted.")
    one = document(capsys, "abalone")
    assert (one["state"], one["newest"]["stage"], one["kept"]) == ("none", "training", False)
    assert "abalone.csv is accepted." in shown(capsys, "abalone")


def test_who_is_kept_by_a_tag_is_told_until_when(
    stack: Stack, abalone: EndpointRow, behind: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    behind(NEWER, keep=LATER)
    (model,) = document(capsys)["models"]
    assert (model["kept"], model["kept_until"]) == (True, LATER)
    assert f"kept until {LATER[:10]} {LATER[11:16]} UTC" in " ".join(shown(capsys).split())
    one = document(capsys, "abalone")
    assert (one["kept"], one["kept_until"]) == (True, LATER)


def test_of_one_model_the_tag_of_its_config_speaks_where_the_endpoints_does_not(
    stack: Stack, abalone: EndpointRow, behind: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """As the tear-down reads them."""
    behind(NEWER)
    stack.sagemaker.tags[stack.sagemaker.configs[NEWER]["EndpointConfigArn"]] = {"ebb:keep": LATER}
    one = document(capsys, "abalone")
    assert (one["kept"], one["kept_until"]) == (True, LATER)


def test_adopted_endpoints_have_a_part_of_their_own(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(
        EndpointRow("adopted/old-notebook", state=State.LIVE, due=parsed(LATER), last_call=parsed(EARLIER))
    )
    told = document(capsys)
    assert [model["model"] for model in told["models"]] == ["abalone"]
    assert told["adopted"] == [
        {"endpoint": "old-notebook", "state": "live", "since": None, "last_call": EARLIER, "sleeps_at": SLEEPS}
    ]
    assert "Adopted endpoints (tag ebb:idle-after):" in shown(capsys)


def test_what_needs_somebody_stands_below(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(abalone.settled(State.BROKEN, parsed(EARLIER)))
    said(stack, "broken", "Both configs fail.")
    waiting = EndpointRow(
        "barley", state=State.ASLEEP, live_run=OLDER, due=parsed(LATER), blocked_by="no free endpoint slot"
    )
    stack.ledger.write_endpoint(waiting)
    url = stack.clients.sqs.get_queue_url(QueueName="ebb-intake-dead-letter")["QueueUrl"]
    stack.clients.sqs.send_message(QueueUrl=url, MessageBody="{}")
    told = document(capsys)
    assert told["dead_letters"] == {"intake": 1, "deploy": 0, "confirm": 0}
    text = " ".join(shown(capsys).split())
    assert "! abalone is broken: Both configs fail." in text
    assert "! barley is asleep: no free endpoint slot" in text
    assert "! What failed five times lies in the dead-letter queue of intake (1 message): ebb redrive" in text


def test_what_cannot_be_asked_is_said_and_the_rest_shown(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("search", client_error("AccessDeniedException", "Not you."))
    told = document(capsys)
    assert [model["model"] for model in told["models"]] == ["abalone"]
    assert told["unknown"] == [
        "Which endpoints are kept by a tag is not known. Your credentials do not allow Search: Not you."
    ]


def test_nothing_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == "The stack ebb has no models yet: upload a CSV to make one.\n"


def test_one_model_with_all_that_is_known(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.ledger.write_endpoint(
        abalone.wants(Wanted(f"{NEWER}-2", Reason.PROMOTION, parsed(EARLIER), before=State.LIVE))
    )
    told = [" ".join(line.split()) for line in shown(capsys, "abalone").splitlines()]
    assert told[0] == "abalone deploying"
    assert told[1].startswith("since ")
    assert "endpoint ebb-abalone" in told
    assert f"run {NEWER}" in told
    assert f"run before {OLDER}: ebb rollback abalone" in told
    assert any(line.startswith(f"under way promotion to {NEWER}-2, since ") for line in told)
    assert told[-1] == "ebb-abalone is live."


def test_the_evidence_of_the_last_decision_comes_from_the_journal(
    stack: Stack, abalone: EndpointRow, capsys: pytest.CaptureFixture[str]
) -> None:
    now = dt.datetime.now(dt.UTC)
    stream, logs = f"tear-down/{now:%Y-%m-%d}", stack.clients.logs
    logs.create_log_stream(logGroupName="/ebb/ebb/journal", logStreamName=stream)
    lines: list[dict[str, Any]] = [
        {"model": "abalone", "verdict": "active"},
        {"model": "abalone", "verdict": "waiting", "did": "nothing", "evidence": {"calls": 0, "complete": True}},
        {"model": "barley", "verdict": "idle"},
    ]
    told_of = [{"source": "ebb.tear-down", "time": EARLIER, "detail": line} for line in lines]
    events: Any = [{"timestamp": int(time.time() * 1000), "message": json.dumps(line)} for line in told_of]
    logs.put_log_events(logGroupName="/ebb/ebb/journal", logStreamName=stream, logEvents=[*events])
    assert document(capsys, "abalone")["last_decision"] == {"at": EARLIER} | lines[1]
    told = " ".join(shown(capsys, "abalone").split())
    assert "verdict waiting; did nothing; evidence calls 0, complete True" in told


def test_an_unknown_model_is_not_found(abalone: EndpointRow, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "abalones"]) == 3
    assert capsys.readouterr().err.endswith("knows no model abalones. Did you mean abalone?\n")
