"""The ledger's rows: what is written is read again, and nobody overwrites what they have not seen."""

import datetime as dt
from dataclasses import fields, replace
from decimal import Decimal

import pytest

from ebb.errors import ConflictError
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.times import UNREADABLE
from tests.emulated.stack import NEWER, NOW, OLDER, TABLE, Stack

DAY = dt.timedelta(days=1)
MODIFIED = NOW - dt.timedelta(microseconds=876544)
WANTED = Wanted(f"{NEWER}-od", Reason.ROLLBACK, NOW, State.LIVE, 2, MODIFIED)
FULL = EndpointRow(
    "abalone",
    0,
    State.DEPLOYING,
    NOW,
    NEWER,
    f"{NEWER}-2",
    OLDER,
    replace(WANTED, compare=True, instead_of=NEWER, why="its answers are all the same"),
    NEWER,
    {"announcement": {"name": "EndpointLive", "facts": {"figure": 0.1, "limit": None}}, "notes": []},
    needs_cleanup=True,
    blocked_by="no free endpoint slot",
    due=NOW + DAY,
    not_before=NOW + DAY / 2,
    variant="v-0a1b2c3d",
    control=Control(NOW, NOW + dt.timedelta(seconds=20), 2),
    idle_after=60,
    keep=True,
    last_call=NOW + dt.timedelta(minutes=30),
    knocked_at=NOW + dt.timedelta(minutes=45),
    answered_at=NOW + dt.timedelta(minutes=45, seconds=3),
    announced="blind",
    announced_image="3.2-0",
    no_downgrade=True,
    purged=True,
    image="3.2-0",
    predicts="predicts column 0",
    superseded_at=NOW - 2 * DAY,
    previous_purged=True,
)


@pytest.fixture
def ledger(stack: Stack) -> Ledger:
    return stack.ledger


def test_no_field_is_left_out_of_these_tests() -> None:
    empty = EndpointRow("abalone")
    assert [each.name for each in fields(FULL) if getattr(FULL, each.name) == getattr(empty, each.name)] == [
        "model",
        "version",
    ]


@pytest.mark.parametrize("row", [FULL, EndpointRow("abalone"), EndpointRow("abalone", state=State.ASLEEP)])
def test_an_endpoints_row_is_read_as_it_was_written(ledger: Ledger, row: EndpointRow) -> None:
    written = ledger.write_endpoint(row)
    assert written == replace(row, version=1) == ledger.endpoint("abalone")
    assert isinstance(ledger.endpoint("abalone").state, State)


def test_what_is_no_longer_there_is_taken_out_of_the_row(ledger: Ledger, stack: Stack) -> None:
    row = ledger.write_endpoint(FULL)
    ledger.write_endpoint(replace(row, wanted=None, pending=None, candidate="", needs_cleanup=False))
    left = replace(FULL, version=2, wanted=None, pending=None, candidate="", needs_cleanup=False)
    assert ledger.endpoint("abalone") == left
    assert stack.row("abalone", "endpoint").keys().isdisjoint({"wanted", "pending", "candidate"})


def test_times_are_kept_as_text_to_the_microsecond_that_they_have(ledger: Ledger, stack: Stack) -> None:
    ledger.write_endpoint(FULL)
    row = stack.row("abalone", "endpoint")
    assert (row["since"], row["due"]) == ("2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z")
    assert "2026-11-22T15:59:59.123456Z" in row["wanted"]


def test_a_time_that_cannot_be_read_is_not_taken_for_none(ledger: Ledger, stack: Stack) -> None:
    stack.put_row("abalone", "endpoint", not_before="until Christmas", last_call="")
    row = ledger.endpoint("abalone")
    assert (row.not_before, row.last_call, row.due) == (UNREADABLE, UNREADABLE, None)


def test_a_model_without_a_row_has_version_0(ledger: Ledger) -> None:
    assert ledger.endpoint("abalone") == EndpointRow("abalone")


@pytest.mark.parametrize("read", [0, 1])
def test_of_two_who_have_read_the_same_row_one_writes(ledger: Ledger, read: int) -> None:
    row = ledger.write_endpoint(EndpointRow("abalone")) if read else EndpointRow("abalone")
    ledger.write_endpoint(replace(row, live_run=NEWER))
    with pytest.raises(ConflictError, match="the endpoint of abalone: another attempt was quicker"):
        ledger.write_endpoint(replace(row, live_run=OLDER))
    assert ledger.endpoint("abalone").live_run == NEWER


def test_a_row_that_was_lost_meanwhile_is_not_written_over(ledger: Ledger) -> None:
    with pytest.raises(ConflictError):
        ledger.write_endpoint(EndpointRow("abalone", 3))
    assert ledger.endpoint("abalone").version == 0


def test_endpoints_of_different_models_are_apart(ledger: Ledger) -> None:
    ledger.write_endpoint(EndpointRow("abalone"))
    ledger.write_endpoint(EndpointRow("abalone-2"))
    assert (ledger.endpoint("abalone").version, ledger.endpoint("abalone-2").version) == (1, 1)


def test_a_run_keeps_what_is_known_of_it_from_stage_to_stage(ledger: Ledger) -> None:
    ledger.record_run("abalone", NEWER, "training", NOW, key="datasets/abalone/a.csv", reason="")
    later = NOW + dt.timedelta(minutes=5)
    ledger.record_run("abalone", NEWER, "held-back", later, reason="gate", key=None, metrics='{"rmse": 2.1}')
    row = ledger.run("abalone", NEWER)
    assert (row["stage"], row["key"], row["reason"]) == ("held-back", "datasets/abalone/a.csv", "gate")
    assert (row["training_at"], row["held_back_at"]) == ("2026-11-22T16:00:00Z", "2026-11-22T16:05:00Z")


@pytest.mark.parametrize(("stage", "written"), [("live", False), ("superseded", False), ("training", True)])
def test_a_run_that_has_gone_on_meanwhile_is_left_as_it_is(ledger: Ledger, stage: str, *, written: bool) -> None:
    ledger.record_run("abalone", NEWER, stage, NOW)
    unless = ("live", "superseded")
    assert ledger.record_run("abalone", NEWER, "candidate", NOW, unless=unless, reason="x") is written
    assert ledger.run("abalone", NEWER)["stage"] == ("candidate" if written else stage)


def test_a_run_that_nothing_is_known_of_is_written_under_any_condition(ledger: Ledger) -> None:
    assert ledger.record_run("abalone", NEWER, "candidate", NOW, unless=("live",))


def test_the_runs_of_a_model_are_its_own_on_however_many_pages(ledger: Ledger) -> None:
    names = [f"ebb-abalone-2611220000{number:02d}-k3v7q" for number in range(30)]
    for name in names:
        ledger.record_run("abalone", name, "training", NOW, reason="x" * 40_000)
    ledger.write_endpoint(EndpointRow("abalone"))
    ledger.record_run("abalone-2", NEWER, "training", NOW)
    found = dict(ledger.runs("abalone"))
    assert sorted(found) == names
    assert {row["stage"] for row in found.values()} == {"training"}


def test_a_refusal_without_a_model_is_forgotten_after_seven_days(ledger: Ledger) -> None:
    ledger.record_refusal("abc", NOW, reason="no model", key="datasets/x")
    row = ledger.refusal("abc")
    assert (row["stage"], row["reason"], row["key"]) == ("refused", "no model", "datasets/x")
    assert row["expires"] == Decimal(int((NOW + dt.timedelta(days=7)).timestamp()))
    assert ledger.refusal("def") == {}


def test_a_note_belongs_to_no_model(ledger: Ledger, stack: Stack) -> None:
    assert ledger.note("sweep") == {}
    ledger.write_note("sweep", last_at="2026-11-22T16:00:00Z")
    assert ledger.note("sweep")["last_at"] == "2026-11-22T16:00:00Z"
    assert stack.row("-", "sweep")


def test_a_row_is_read_as_it_is_now(ledger: Ledger, stack: Stack) -> None:
    asked: list[bool] = []
    for operation in ("GetItem", "Query"):
        stack.clients.dynamodb.meta.events.register(
            f"provide-client-params.dynamodb.{operation}", lambda params, **_: asked.append(params["ConsistentRead"])
        )
    ledger.endpoint("abalone")
    ledger.run("abalone", NEWER)
    assert list(ledger.runs("abalone")) == []
    assert (asked, ledger.table) == ([True] * 3, TABLE)
