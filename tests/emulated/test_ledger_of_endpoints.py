"""What the tick does with the ledger: all rows by when they are due, written back together, one tick at a time."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.times import UNREADABLE, iso
from tests.emulated.stack import NOW, Stack

MINUTE = dt.timedelta(minutes=1)
LENGTH = 10 * MINUTE


@pytest.fixture
def ledger(stack: Stack) -> Ledger:
    return stack.ledger


@pytest.fixture
def transactions(stack: Stack) -> Iterator[list[int]]:
    """How many rows each of them had."""
    sizes: list[int] = []
    hooks, event = stack.clients.dynamodb.meta.events, "provide-client-params.dynamodb.TransactWriteItems"
    hooks.register(event, note := lambda params, **_: sizes.append(len(params["TransactItems"])))
    yield sizes
    hooks.unregister(event, note)


def rows(number: int) -> list[EndpointRow]:
    return [EndpointRow(f"m{each:03d}", state=State.LIVE, due=NOW + each * MINUTE) for each in range(number)]


def dues(ledger: Ledger) -> dict[str, dt.datetime | None]:
    return {row.model: row.due for row in ledger.endpoints()}


def test_rows_are_written_in_transactions_of_a_hundred(stack: Stack, ledger: Ledger) -> None:
    """AWS documents: no more fit into one. They are only counted here: the emulator copies all tables for each row."""
    models: list[list[str]] = []

    def take(params: Any, **_: Any) -> Any:
        items = json.loads(params["body"])["TransactItems"]
        models.append([item["Put"]["Item"]["model"]["S"] for item in items])
        return SimpleNamespace(status_code=200), {}

    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", take)
    ledger.write_endpoints(rows(250))
    assert [len(part) for part in models] == [100, 100, 50]
    assert [model for part in models for model in part] == [row.model for row in rows(250)]


def test_what_is_written_together_is_read_as_it_was_written(ledger: Ledger) -> None:
    ledger.write_endpoints(rows(5))
    read = list(ledger.endpoints())
    assert read == [replace(row, version=1) for row in rows(5)]
    ledger.write_endpoints([replace(row, due=NOW) for row in read])
    assert {(row.version, row.due) for row in ledger.endpoints()} == {(2, NOW)}


def test_nothing_is_written_for_nothing(ledger: Ledger, transactions: list[int]) -> None:
    ledger.write_endpoints([])
    assert transactions == []


@pytest.mark.parametrize("changed", [[0], [1], [0, 2], [0, 1, 2]])
def test_what_somebody_else_has_changed_since_stays_and_the_others_are_written(
    ledger: Ledger, transactions: list[int], changed: list[int]
) -> None:
    ledger.write_endpoints(rows(3))
    read = list(ledger.endpoints())
    for each in changed:
        ledger.write_endpoint(replace(read[each], due=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)))
    ledger.write_endpoints([replace(row, due=dt.datetime(2028, 1, 1, tzinfo=dt.UTC)) for row in read])
    year = {f"m{each:03d}": 2027 if each in changed else 2028 for each in range(3)}
    assert {model: due and due.year for model, due in dues(ledger).items()} == year
    assert transactions == [3, 3, *([3 - len(changed)] * (len(changed) < 3))]


def test_a_row_that_is_there_already_is_not_written_as_a_new_one(ledger: Ledger) -> None:
    first, second = rows(2)
    ledger.write_endpoint(first)
    ledger.write_endpoints([replace(first, live_run="other"), second])
    assert [(row.model, row.live_run) for row in ledger.endpoints()] == [("m000", ""), ("m001", "")]


def test_a_row_that_was_lost_meanwhile_is_not_written_anew(ledger: Ledger) -> None:
    ledger.write_endpoints([EndpointRow("lost", 3, due=NOW), *rows(1)])
    assert list(dues(ledger)) == ["m000"]


@pytest.mark.parametrize(
    ("codes", "written", "raised"),
    [
        (["TransactionConflict", "None"], 1, False),
        (["ThrottlingError", "None"], 0, True),
        (["ConditionalCheckFailed", "ThrottlingError"], 0, True),
        (["None", "None"], 0, True),
    ],
)
def test_only_what_somebody_else_has_changed_is_passed_over(
    ledger: Ledger, stack: Stack, codes: list[str], *, written: int, raised: bool
) -> None:
    """Two writers at the same moment count as that; whatever else stops a transaction is for the next attempt."""
    answers = iter([codes])

    def refuse(**_: Any) -> None:
        for reasons in answers:
            told = {"Code": "TransactionCanceledException", "Message": "refused"}
            reason: Any = {"Error": told, "CancellationReasons": [{"Code": code} for code in reasons]}
            raise stack.clients.dynamodb.exceptions.TransactionCanceledException(reason, "TransactWriteItems")

    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", refuse)
    if raised:
        with pytest.raises(ClientError, match="TransactionCanceledException"):
            ledger.write_endpoints(rows(2))
    else:
        ledger.write_endpoints(rows(2))
    assert len(dues(ledger)) == written


def test_rows_come_in_the_order_in_which_they_are_due_and_those_that_are_not_do_not(ledger: Ledger) -> None:
    late, early, never, lost = rows(4)
    for row in (replace(late, due=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)), early, replace(never, due=None), lost):
        ledger.write_endpoint(replace(row, due=UNREADABLE) if row is lost else row)
    ledger.record_run("m001", "ebb-m001-261122000000-aaaaa", "training", NOW, due="a run has none")
    assert list(dues(ledger)) == ["m003", "m001", "m000"]


def test_a_row_that_nobody_has_to_look_at_any_more_leaves_the_index(ledger: Ledger) -> None:
    row = ledger.write_endpoint(rows(1)[0])
    ledger.write_endpoint(replace(row, due=None))
    assert dues(ledger) == {}


def test_rows_come_from_however_many_pages(ledger: Ledger) -> None:
    big = [replace(row, pending={"text": "x" * 30_000}) for row in rows(40)]
    for row in big:
        ledger.write_endpoint(row)
    assert [row.model for row in ledger.endpoints()] == [row.model for row in big]


def test_one_at_a_time_has_the_lease_until_that_ends(ledger: Ledger) -> None:
    assert ledger.take_lease("first", NOW, LENGTH) == {}
    assert ledger.take_lease("second", NOW + 9 * MINUTE, LENGTH) is None
    taken = ledger.take_lease("second", NOW + LENGTH, LENGTH)
    assert taken
    assert (taken["holder"], taken["at"]) == ("first", iso(NOW))
    assert ledger.take_lease("first", NOW + LENGTH, LENGTH) is None


def test_the_same_event_delivered_twice_has_it_again(ledger: Ledger) -> None:
    ledger.take_lease("first", NOW, LENGTH)
    assert ledger.take_lease("first", NOW + MINUTE, LENGTH)


def test_a_lease_that_is_given_back_is_free_and_tells_when_it_was_taken(ledger: Ledger) -> None:
    ledger.take_lease("first", NOW, LENGTH)
    ledger.release_lease("first")
    taken = ledger.take_lease("second", NOW + MINUTE, LENGTH)
    assert taken
    assert taken["at"] == iso(NOW)


def test_nobody_gives_back_what_somebody_else_has(ledger: Ledger) -> None:
    ledger.release_lease("nobody")
    ledger.take_lease("first", NOW, LENGTH)
    ledger.release_lease("second")
    assert ledger.take_lease("second", NOW + MINUTE, LENGTH) is None


def test_the_same_is_asked_once_in_so_long_of_each_model(ledger: Ledger) -> None:
    def asked(model: str, request: str, seconds: int) -> bool:
        return ledger.ask_once(model, request, NOW + dt.timedelta(seconds=seconds), MINUTE)

    assert [asked("abalone", "Wake", seconds) for seconds in (0, 1, 59, 60, 61, 120)] == [
        *(True, False, False),
        *(True, False, True),
    ]
    assert asked("other", "Wake", 1)
    assert asked("abalone", "Sleep", 1)
    assert ledger.endpoint("abalone").version == 0
