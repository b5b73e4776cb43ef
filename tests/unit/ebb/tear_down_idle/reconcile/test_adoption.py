"""An endpoint with a tag ebb:idle-after gets a row, from which its next look is planned."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.tear_down_idle.reconcile.adoption import adopt
from ebb.tear_down_idle.reconcile.inventory import SeenEndpoint
from ebb.tear_down_idle.verdict.idle_rules import IdleRules

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MODEL = "adopted/theirs"
SEEN = SeenEndpoint("theirs", "their-config", ("AllTraffic",), {"ebb:idle-after": "60"})
KNOWN = EndpointRow(MODEL, 3, State.LIVE, NOW - 2 * DAY, live_config="their-config", due=NOW + DAY, idle_after=60)


class FakeLedger:
    """Rows that the index does not know."""

    def __init__(self, *rows: EndpointRow) -> None:
        self.rows = {row.model: row for row in rows}

    def endpoint(self, model: str) -> EndpointRow:
        return self.rows.get(model, EndpointRow(model))


def adopted(seen: SeenEndpoint, *indexed: EndpointRow, ledger: Any = None) -> list[EndpointRow]:
    known: Any = ledger or FakeLedger()
    return list(adopt(known, [seen], {row.model: row for row in indexed}, NOW))


def test_it_is_as_young_as_its_adoption_and_has_the_minutes_of_its_tag() -> None:
    (row,) = adopted(SEEN)
    assert row == EndpointRow(
        MODEL,
        state=State.LIVE,
        since=NOW,
        live_config="their-config",
        variant="AllTraffic",
        idle_after=60,
        due=NOW,
    )
    rules = IdleRules("ebb", dt.timedelta(days=1), dt.timedelta(minutes=10), dt.timedelta(days=30))
    assert rules.judged_at(row) == NOW + dt.timedelta(minutes=70)


def test_one_that_is_known_is_left_as_it_is() -> None:
    assert adopted(SEEN, KNOWN) == []


@pytest.mark.parametrize(("tag", "minutes"), [("30", 30), ("soon", 0), ("0", 0)])
def test_another_tag_is_looked_at_at_once_whatever_was_put_off(tag: str, minutes: int) -> None:
    row = replace(KNOWN, not_before=NOW + DAY)
    seen = replace(SEEN, tags={"ebb:idle-after": tag})
    assert adopted(seen, row) == [replace(KNOWN, idle_after=minutes, not_before=None, due=NOW)]


def test_one_that_serves_another_config_is_young_again() -> None:
    known = replace(KNOWN, last_call=NOW - DAY, knocked_at=NOW, answered_at=NOW)
    (row,) = adopted(replace(SEEN, config="another"), known)
    assert (row.since, row.live_config, row.last_call, row.knocked_at, row.version) == (NOW, "another", None, None, 3)


@pytest.mark.parametrize("state", [State.ASLEEP, State.NONE])
def test_one_that_was_made_anew_is_adopted_again(state: State) -> None:
    (row,) = adopted(SEEN, ledger=FakeLedger(replace(KNOWN, state=state, due=None)))
    assert (row.state, row.since, row.version) == (State.LIVE, NOW, 3)


def test_one_that_the_index_does_not_know_gets_into_it() -> None:
    assert adopted(SEEN, ledger=FakeLedger(replace(KNOWN, due=None))) == [replace(KNOWN, due=NOW)]


def test_one_that_is_being_deleted_and_is_still_found_is_left_alone() -> None:
    wanted = Wanted("", Reason.SLEEP, NOW, State.LIVE)
    assert adopted(SEEN, replace(KNOWN, state=State.ASLEEP, wanted=wanted)) == []


def test_one_with_several_variants_has_none_to_ask_about() -> None:
    (row,) = adopted(replace(SEEN, variants=("a", "b")))
    assert row.variant == ""
