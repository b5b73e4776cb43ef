"""The ledger's table in memory is held to moto: whatever is done to both, both answer alike."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from ebb.errors import ConflictError
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.times import iso
from tests.emulated.stack import NOW, REGION
from tests.simulation.fake_dynamodb import FakeDynamoDB

MODELS = st.sampled_from(("abalone", "houses", "adopted/notebook"))
MINUTES = st.sampled_from((0, 5, 7, 10, 12, 15, 20))
STAGES = st.sampled_from(("checked", "training", "live", "rolled-back"))
WHO = st.sampled_from(("one", "other"))
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), MODELS, MINUTES, st.booleans()),
    st.tuples(st.just("write_all"), st.lists(MODELS, unique=True), MINUTES, st.booleans()),
    st.tuples(st.just("stage"), MODELS, STAGES, STAGES),
    st.tuples(st.just("take"), WHO, MINUTES),
    st.tuples(st.just("release"), WHO),
    st.tuples(st.just("ask"), MODELS, MINUTES),
    st.tuples(st.just("note"), MINUTES),
)


def at(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def row_of(ledger: Ledger, model: str, minutes: int, *, is_stale: bool) -> EndpointRow:
    """Many of its fields come and go with the minutes."""
    row = ledger.endpoint(model)
    row = replace(row, version=max(0, row.version - is_stale))
    now = at(minutes)
    row = replace(row, last_call=now if minutes % 2 else None, idle_after=minutes % 3, keep=minutes % 5 == 0)
    row = replace(row, control=Control(now, now, 2) if minutes % 4 else None, due=now if minutes % 7 else None)
    row = replace(
        row, pending={"at": iso(now)} if minutes % 3 else None, state=State.LIVE if minutes % 2 else State.ASLEEP
    )
    return replace(row, wanted=Wanted("config", Reason.WAKE, now) if minutes % 2 else None)


def _write(ledger: Ledger, model: str, minutes: int, is_stale: bool) -> Any:  # noqa: FBT001
    return ledger.write_endpoint(row_of(ledger, model, minutes, is_stale=is_stale))


def _write_all(ledger: Ledger, models: list[str], minutes: int, is_stale: bool) -> Any:  # noqa: FBT001
    rows = [row_of(ledger, model, minutes, is_stale=is_stale and not place) for place, model in enumerate(models)]
    return ledger.write_endpoints(rows)


DO: dict[str, Callable[..., Any]] = {
    "write": _write,
    "write_all": _write_all,
    "stage": lambda ledger, model, stage, unless: ledger.record_run(model, "run", stage, NOW, unless=[unless]),
    "take": lambda ledger, who, minutes: ledger.take_lease(who, at(minutes), dt.timedelta(minutes=10)),
    "release": lambda ledger, who: ledger.release_lease(who),
    "ask": lambda ledger, model, minutes: ledger.ask_once(model, "Wake", at(minutes), dt.timedelta(minutes=5)),
    "note": lambda ledger, minutes: ledger.write_note("sweep", at=iso(at(minutes))),
}


def answered(ledger: Ledger, operation: tuple[Any, ...]) -> Any:
    try:
        return DO[operation[0]](ledger, *operation[1:])
    except ConflictError as conflict:
        return str(conflict)


def everything(ledger: Ledger) -> Any:
    models = ("abalone", "houses", "adopted/notebook")
    runs = [list(ledger.runs(model)) for model in models]
    due = sorted(ledger.endpoints(), key=lambda row: (row.due, row.model))
    return runs, due, [ledger.endpoint(model) for model in models], ledger.note("sweep"), ledger.note("lease")


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


def emptied(client: Any) -> Ledger:
    """A table of its own for each history."""
    name = f"ledger-{len(client.list_tables()['TableNames'])}"
    kinds = [{"AttributeName": each, "AttributeType": "S"} for each in ("model", "record", "due")]
    keys = [{"AttributeName": "model", "KeyType": "HASH"}, {"AttributeName": "record", "KeyType": "RANGE"}]
    by_due = [{"AttributeName": "record", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
    index = {"IndexName": "due", "KeySchema": by_due, "Projection": {"ProjectionType": "ALL"}}
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=kinds,
        KeySchema=keys,
        GlobalSecondaryIndexes=[index],
    )
    return Ledger(client, name)


@settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(OPERATIONS, min_size=20, max_size=40))
def test_the_fake_answers_as_moto_does(moto: Any, operations: list[tuple[Any, ...]]) -> None:
    fake, real = Ledger(cast("Any", FakeDynamoDB()), "ledger"), emptied(moto)
    for operation in operations:
        assert answered(fake, operation) == answered(real, operation), operation
    assert everything(fake) == everything(real)
