"""At most one change of an endpoint is under way, and it ends as it is said."""

import pytest

from ebb.endpoint_row import EndpointRow, Reason, State, Wanted

LIVE, RUN = "ebb-abalone-261121000000-zzzzz", "ebb-abalone-261122153000-k3v7q"
AT, LATER = "2026-11-22T16:00:00Z", "2026-11-22T17:00:00Z"
WANTED = Wanted(RUN, Reason.CANDIDATE, LATER, State.LIVE)
ROW = EndpointRow("abalone", 3, State.LIVE, AT, LIVE, LIVE)


@pytest.mark.parametrize("state", State)
def test_a_row_is_busy_while_something_wanted_is_under_way(state: State) -> None:
    row = ROW.wants(WANTED, state)
    assert row.busy is (state in (State.DEPLOYING, State.WAKING))
    assert not row.settled(state, LATER).busy


@pytest.mark.parametrize("reason", Reason)
def test_a_change_is_about_its_run_also_where_that_is_taken_back(reason: Reason) -> None:
    assert Wanted(f"{RUN}-od", reason, AT).run == RUN
    assert Wanted(LIVE, Reason.ROLLBACK, AT, instead_of=RUN).run == RUN


def test_since_when_it_is_in_a_state_changes_with_the_state_only() -> None:
    wanting = ROW.wants(WANTED)
    assert (wanting.state, wanting.since, wanting.wanted) == (State.DEPLOYING, LATER, WANTED)
    assert wanting.wants(Wanted(RUN, Reason.PROMOTION, "2026-11-22T18:00:00Z")).since == LATER
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
