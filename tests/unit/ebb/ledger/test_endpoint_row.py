"""At most one change of an endpoint is under way, and it ends as it is said."""

from dataclasses import replace

import pytest

from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.names import is_model_name
from ebb.times import parsed

LIVE, RUN = "ebb-abalone-261121000000-zzzzz", "ebb-abalone-261122153000-k3v7q"
AT, LATER = parsed("2026-11-22T16:00:00Z"), parsed("2026-11-22T17:00:00Z")
WANTED = Wanted(RUN, Reason.CANDIDATE, LATER, State.LIVE)
ROW = EndpointRow("abalone", 3, State.LIVE, AT, LIVE, LIVE)


@pytest.mark.parametrize("state", State)
def test_a_row_is_busy_while_something_wanted_is_under_way(state: State) -> None:
    row = ROW.wants(WANTED, state)
    assert row.busy is (state in (State.DEPLOYING, State.WAKING))
    assert not row.settled(state, LATER).busy


@pytest.mark.parametrize(("state", "reason"), [(state, reason) for state in State for reason in Reason])
def test_it_falls_asleep_while_its_deletion_is_wanted_and_the_ledger_says_so_already(
    state: State, reason: Reason
) -> None:
    row = ROW.wants(Wanted("", reason, LATER, State.LIVE), state)
    assert row.falls_asleep is (state is State.ASLEEP and reason is Reason.SLEEP)
    assert not row.settled(state, LATER).falls_asleep


@pytest.mark.parametrize("state", State)
def test_whoever_writes_what_is_wanted_or_done_has_the_tick_look_at_it(state: State) -> None:
    row = replace(ROW, due=parsed("2027-01-01T00:00:00Z"))
    assert row.wants(WANTED, state).due == LATER
    assert row.settled(state, LATER).due == LATER
    assert row.settled(state, LATER, due=None).due is None


@pytest.mark.parametrize(("model", "adopted"), [("abalone", False), ("adopted", False), ("adopted/theirs", True)])
def test_an_endpoint_of_somebody_elses_has_a_name_that_no_model_has(model: str, *, adopted: bool) -> None:
    assert EndpointRow(model).is_adopted is adopted
    assert is_model_name(model) is not adopted


@pytest.mark.parametrize("reason", Reason)
def test_a_change_is_about_its_run_also_where_that_is_taken_back(reason: Reason) -> None:
    assert Wanted(f"{RUN}-od", reason, AT).run == RUN
    assert Wanted(LIVE, Reason.ROLLBACK, AT, instead_of=RUN).run == RUN


def test_since_when_it_is_in_a_state_changes_with_the_state_only() -> None:
    wanting = ROW.wants(WANTED)
    assert (wanting.state, wanting.since, wanting.wanted) == (State.DEPLOYING, LATER, WANTED)
    assert wanting.wants(Wanted(RUN, Reason.PROMOTION, parsed("2026-11-22T18:00:00Z"))).since == LATER
    assert ROW.settled(State.LIVE, LATER).since == AT
    assert ROW.settled(State.ASLEEP, LATER).since == LATER


@pytest.mark.parametrize("before", [State.NONE, State.LIVE, State.ASLEEP, State.BROKEN])
def test_going_back_ends_in_the_state_before(before: State) -> None:
    wanted = Wanted(RUN, Reason.CANDIDATE, AT, before)
    row = ROW.wants(wanted).back(LATER, candidate=RUN)
    assert (row.state, row.since, row.wanted, row.candidate) == (before, LATER, None, RUN)
    assert (row.live_run, row.live_config, row.version) == (LIVE, LIVE, 3)


def test_the_order_of_the_live_run_is_that_of_its_name() -> None:
    order = ROW.live_order
    assert order
    assert (order.uploaded, order.hash) == ("261121000000", "zzzzz")
    assert EndpointRow("abalone").live_order is None
