"""The calls of ours that CloudWatch has to show later: on the model's own endpoint, counted, and to the second."""

import datetime as dt
from dataclasses import replace

import pytest

from ebb.announcements.announcement import Announcement
from ebb.announcements.outbox import PendingAnnouncement
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.messaging.messages import CheckEndpoint
from ebb.messaging.requests import ROLLBACK, Request
from ebb.names import ModelName
from ebb.times import UNREADABLE, Stopwatch, iso, parsed
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_runtime import model_error
from tests.emulated.stack import ENDPOINT, NOW

FIRST, SECOND = run_named(1), run_named(2)
IDLE = "[idle]\nafter_minutes = 45\nkeep = true"


def _asked(runs: Deployments, config: str) -> int:
    """How many requests have reached this config behind the model's own endpoint."""
    return sum(call.endpoint == ENDPOINT and call.config == config for call in runs.stack.runtime.calls)


def _without_control(runs: Deployments, number: int = 1, toml: str = "") -> None:
    runs.was_live(number, toml)
    runs.stack.ledger.write_endpoint(replace(runs.row, control=None, variant="", due=None))


def test_a_first_run_that_goes_live_leaves_its_smoke_tests_calls(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1, IDLE))
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.confirm()
    row = runs.row
    assert row.control
    assert (row.control.calls, row.variant) == (_asked(runs, FIRST), "v-0a1b2c3d")
    assert (row.idle_after, row.keep) == (45, True)
    since, until = row.control.since, row.control.until
    assert since <= runs.now < until <= runs.now + dt.timedelta(seconds=30)


def test_the_row_knows_the_image_of_what_is_live(runs: Deployments) -> None:
    """The one that trained it: of a new run, of the one that a roll-back goes to, and of one whose row was lost."""
    runs.was_live(1)
    runs.stack.upload(f"runs/abalone/{FIRST}/output/model.tar.gz", b"the model")
    runs.stack.sagemaker.jobs[FIRST]["AlgorithmSpecification"]["TrainingImage"] = "registry/xgboost:1.7-1"
    runs.goes_live(2)
    assert runs.row.image == "3.0-5"
    runs.stack.ledger.write_endpoint(replace(runs.row, control=None, image=""))
    runs.confirm()
    assert runs.row.image == "3.0-5"
    runs.deploying.work_on(Request(ROLLBACK, ModelName("abalone")))
    runs.calm()
    assert (runs.row.live_run, runs.row.image) == (FIRST, "1.7-1")


def test_calls_on_the_candidate_do_not_count(runs: Deployments) -> None:
    runs.was_live(1)
    before = runs.row.control
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    runs.confirm(SECOND)
    assert runs.row.control == before
    runs.calm()
    row = runs.row
    assert row.control
    assert row.control != before
    assert (row.control.calls, row.live_run) == (_asked(runs, SECOND), SECOND)


def test_a_round_that_had_to_wait_is_not_counted(runs: Deployments) -> None:
    """Whether it reached the endpoint is not certain."""
    runs.deploying.work_on(runs.trained(1))
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.stack.runtime.refuse(model_error(500, "worker timeout"))
    with pytest.raises(WaitError):
        runs.confirm()
    before = runs.row.control
    runs.now += dt.timedelta(minutes=2)
    runs.confirm()
    control = runs.row.control
    assert (before, control and control.calls, len(runs.stack.runtime.calls)) == (None, 2, 3)
    assert control
    assert control.since == runs.now


def test_what_was_seen_of_the_config_before_is_forgotten(runs: Deployments) -> None:
    runs.was_live(1)
    seen = {
        "last_call": parsed("2026-11-22T15:00:00Z"),
        "knocked_at": parsed("2026-11-22T15:30:00Z"),
        "answered_at": UNREADABLE,
    }
    later = {"not_before": parsed("2026-11-23T00:00:00Z"), "announced": "blind", "blocked_by": "no slot"}
    known = replace(runs.row, **seen, **later, no_downgrade=True, purged=True)  # type: ignore[arg-type]
    runs.stack.ledger.write_endpoint(known)
    runs.goes_live(2)
    row = runs.row
    assert [getattr(row, name) for name in (*seen, *later)] == [None, None, None, None, "", ""]
    assert (row.no_downgrade, row.purged, row.superseded_at) == (False, False, row.since)


def test_the_first_run_supersedes_nothing(runs: Deployments) -> None:
    runs.goes_live(1)
    assert runs.row.superseded_at is None


def test_after_a_roll_back_the_old_config_has_a_control_of_its_own(runs: Deployments) -> None:
    runs.was_live(1)
    before = runs.row
    runs.stack.ledger.write_endpoint(
        replace(before, knocked_at=parsed("2026-11-22T15:30:00Z"), last_call=parsed("2026-11-22"))
    )
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    runs.confirm(SECOND)
    runs.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    runs.calm()
    assert (runs.row.live_run, runs.row.superseded_at, runs.row.knocked_at, runs.row.last_call) == (FIRST, *[None] * 3)
    assert runs.row.control
    assert runs.row.control != before.control
    assert runs.row.control.calls == _asked(runs, FIRST)


@pytest.mark.parametrize("again", [False, True])
def test_a_live_row_without_one_gets_it_at_the_next_look(runs: Deployments, *, again: bool) -> None:
    _without_control(runs, toml=IDLE)
    assert runs.confirm() == {"outcome": "nothing to confirm", "endpoint": ENDPOINT, "asked": 1}
    row, asked = runs.row, [call.rows for call in runs.stack.runtime.calls]
    assert (row.control and row.control.calls, row.variant, [len(rows) for rows in asked]) == (1, "v-0a1b2c3d", [5])
    assert (row.idle_after, row.keep, row.due, row.state) == (45, True, runs.now, State.LIVE)
    assert runs.said() == []
    if again:
        assert runs.confirm()["outcome"] == "nothing to confirm"
        assert (runs.row, len(runs.stack.runtime.calls)) == (row, 1)


def test_a_lost_row_is_healed_asked_and_cleared_up_in_one_look(runs: Deployments) -> None:
    runs.was_live(1)
    runs.loses_its_row()
    assert runs.confirm() == {"outcome": "cleaned up", "endpoint": ENDPOINT, "removed": [], "asked": 1}
    assert runs.row.control
    assert not runs.row.needs_cleanup


def test_one_that_cannot_answer_now_is_asked_later(runs: Deployments) -> None:
    _without_control(runs)
    runs.stack.runtime.refuse(model_error(500, "worker timeout"))
    with pytest.raises(WaitError, match="worker timeout"):
        runs.confirm()
    assert runs.row.control is None
    runs.confirm()
    assert runs.row.control


def test_one_that_refuses_its_own_rows_keeps_its_row_without_a_control(runs: Deployments) -> None:
    """Then nobody puts it to sleep, and nobody takes it away."""
    _without_control(runs)
    runs.stack.runtime.refuse(model_error(400, "Unable to evaluate payload"))
    assert "Unable to evaluate payload" in runs.confirm()["not_asked"]
    assert (runs.row.control, runs.row.state, runs.said()) == (None, State.LIVE, [])


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "Failed"])
def test_one_that_is_not_in_service_is_not_asked(runs: Deployments, status: str) -> None:
    _without_control(runs)
    runs.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = status
    runs.confirm()
    assert runs.stack.runtime.calls == []


def test_of_two_looks_at_once_the_slower_one_writes_nothing(runs: Deployments) -> None:
    _without_control(runs)
    theirs = Control(parsed("2026-11-22T15:00:00Z"), parsed("2026-11-22T15:00:01Z"), 1)

    def overtake(rows: object) -> list[str]:
        runs.stack.ledger.write_endpoint(replace(runs.row, control=theirs))
        return ["1.0"] * 5

    runs.answers(FIRST, overtake)
    with pytest.raises(ConflictError):
        runs.confirm()
    assert runs.row.control == theirs
    assert "asked" not in runs.confirm()


def _falls_asleep(runs: Deployments, ago: dt.timedelta) -> EndpointRow:
    runs.was_live(1)
    wanted = Wanted("", Reason.SLEEP, runs.now - ago, State.LIVE)
    return runs.stack.ledger.write_endpoint(runs.row.wants(wanted, State.ASLEEP))


@pytest.mark.parametrize("status", ["InService", "Deleting"])
def test_what_is_being_put_to_sleep_is_not_taken_for_awake(runs: Deployments, status: str) -> None:
    row = _falls_asleep(runs, dt.timedelta(minutes=9))
    runs.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = status
    assert runs.confirm() == {"outcome": "is being put to sleep", "endpoint": ENDPOINT}
    assert runs.row == row


def test_what_is_still_there_long_after_it_was_to_sleep_is_awake(runs: Deployments) -> None:
    """And what was to be said of its sleep is not true."""
    row = _falls_asleep(runs, dt.timedelta(minutes=11))
    said = Announcement("EndpointAsleep", "abalone", FIRST, "It is asleep.")
    saying = PendingAnnouncement(said, [], runs.now - dt.timedelta(minutes=11))
    runs.stack.ledger.write_endpoint(replace(row, pending=saying.as_json()))
    runs.confirm()
    assert (runs.row.state, runs.row.wanted, runs.row.live_run) == (State.LIVE, None, FIRST)
    assert (runs.row.pending, runs.said()) == (None, [])


def test_a_wait_for_what_sleeps_is_given_up_without_a_word(runs: Deployments) -> None:
    _falls_asleep(runs, dt.timedelta())
    runs.confirming.give_up(CheckEndpoint(ENDPOINT), "it never answers")
    assert (runs.said(), runs.row.state) == ([], State.ASLEEP)


def test_a_control_holds_all_its_calls_in_whole_seconds() -> None:
    clock = Stopwatch(NOW + dt.timedelta(seconds=58, milliseconds=900))
    since = clock.now()
    begin, end = clock.span_since(since)
    assert iso(begin) == "2026-11-22T16:00:58Z"
    assert end >= clock.now() - dt.timedelta(seconds=0.5)
    assert iso(end) in ("2026-11-22T16:00:59Z", "2026-11-22T16:01:00Z")
