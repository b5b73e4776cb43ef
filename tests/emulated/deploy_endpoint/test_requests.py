"""What people ask of an endpoint that is there: keep it awake, put it to sleep; and requests that are none."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.announcements.announcement import Announcement
from ebb.announcements.outbox import PendingAnnouncement
from ebb.deploy_endpoint.requests.keep import keep as keep_awake
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State, Wanted
from ebb.messaging.requests import Request, order_of
from ebb.names import ModelName
from ebb.times import parsed
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.functions import recorded
from tests.emulated.sagemaker_store import not_authorized
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
SLEEP, WAKE = Request("Sleep", ModelName("abalone")), Request("Wake", ModelName("abalone"))
CHRISTMAS = "2026-12-24T18:00:00Z"


def keep(until: str) -> Request:
    return Request("Keep", ModelName("abalone"), until)


@pytest.fixture
def live(runs: Deployments) -> Deployments:
    runs.was_live(1)
    runs.stack.upload(f"runs/abalone/{FIRST}/output/model.tar.gz", b"the model")
    return runs


def _kept(runs: Deployments) -> list[str | None]:
    """On the endpoint, and on the config."""
    sagemaker = runs.stack.sagemaker
    arns = [sagemaker.arn("endpoint", ENDPOINT), sagemaker.arn("endpoint-config", FIRST)]
    return [sagemaker.tags.get(arn, {}).get("ebb:keep") for arn in arns]


@pytest.mark.parametrize("until", ["true", "false", CHRISTMAS])
def test_kept_is_on_the_endpoint_and_on_its_config(live: Deployments, until: str) -> None:
    for _ in range(2):
        assert live.deploying.work_on(keep(until))["outcome"] == "kept"
    assert (_kept(live), live.said()) == ([until, until], [])


def test_kept_the_tear_down_looks_anew(live: Deployments) -> None:
    later = live.now + dt.timedelta(days=1)
    live.stack.ledger.write_endpoint(
        replace(live.row, knocked_at=live.now, answered_at=live.now, due=later, not_before=later)
    )
    live.deploying.work_on(keep("true"))
    assert (live.row.knocked_at, live.row.answered_at) == (None, None)
    assert (live.row.due, live.row.not_before) == (live.now, None)


def test_a_tick_at_the_same_moment_makes_it_look_again(live: Deployments) -> None:
    row = live.row
    live.stack.ledger.write_endpoint(replace(row, knocked_at=live.now))
    with pytest.raises(ConflictError):
        keep_awake(live.deploying.context, row, keep("true"))


def test_kept_while_it_sleeps_it_holds_from_its_waking(live: Deployments) -> None:
    live.falls_asleep()
    assert live.deploying.work_on(keep(CHRISTMAS))["outcome"] == "kept"
    assert _kept(live) == [None, CHRISTMAS]
    live.deploying.work_on(WAKE)
    assert _kept(live) == [CHRISTMAS, CHRISTMAS]


def test_kept_until_what_is_over_is_refused(live: Deployments) -> None:
    outcome = live.deploying.work_on(keep("2026-01-01T00:00:00Z"))
    asked = {"model": "abalone", "request": "Keep"}
    assert outcome == {"outcome": "refused request", "reason": "2026-01-01T00:00:00Z is over"} | asked
    assert _kept(live) == [None, None]


def test_somebody_elses_endpoint_is_not_tagged(live: Deployments) -> None:
    live.stack.sagemaker.tags[live.stack.sagemaker.arn("endpoint", ENDPOINT)]["ebb:stack"] = "other"
    assert live.deploying.work_on(keep("true"))["tagged"] == [live.stack.sagemaker.arn("endpoint-config", FIRST)]
    assert _kept(live) == [None, "true"]


def test_keeping_what_was_purged_keeps_nothing(live: Deployments) -> None:
    live.falls_asleep()
    live.stack.sagemaker.delete("EndpointConfig", FIRST)
    assert live.deploying.work_on(keep("true"))["outcome"] == "nothing to keep"


def test_put_to_sleep_it_is_gone_at_once_and_what_wakes_it_stays(live: Deployments) -> None:
    live.deploying.work_on(keep(CHRISTMAS))
    sagemaker = live.stack.sagemaker
    sagemaker.tags[sagemaker.arn("endpoint-config", FIRST)].pop("ebb:keep")
    outcome = live.deploying.work_on(SLEEP)
    assert outcome == {"outcome": "asleep", "endpoint": ENDPOINT, "config": FIRST}
    assert sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"
    (said,) = live.stack.announcements()
    assert (said["name"], said["by"], said["idle_since"]) == ("EndpointAsleep", "request", None)
    assert (live.row.state, live.row.wanted, live.row.pending) == (State.ASLEEP, None, None)
    assert _kept(live)[1] == CHRISTMAS
    assert live.deploying.work_on(SLEEP) == {"outcome": "asleep already", "model": "abalone"}
    live.calm()
    live.deploying.work_on(WAKE)
    live.calm()
    assert (live.row.state, live.served(), _kept(live)) == (State.LIVE, FIRST, [CHRISTMAS, CHRISTMAS])


def test_a_sleep_that_was_begun_is_finished(live: Deployments) -> None:
    sleep = Wanted("", Reason.SLEEP, live.now, State.LIVE)
    live.stack.ledger.write_endpoint(live.row.wants(sleep, State.ASLEEP))
    assert live.deploying.work_on(SLEEP)["outcome"] == "asleep"
    assert (live.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"], live.row.wanted) == ("Deleting", None)


def test_what_somebody_has_deleted_is_asleep(live: Deployments) -> None:
    del live.stack.sagemaker.endpoints[ENDPOINT]
    assert live.deploying.work_on(SLEEP)["outcome"] == "asleep"
    assert (live.row.state, live.said()) == (State.ASLEEP, [])


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "Creating", "RollingBack"])
def test_while_it_changes_it_cannot_be_put_to_sleep(live: Deployments, status: str) -> None:
    live.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = status
    with pytest.raises(WaitError, match=f"{ENDPOINT} is {status}"):
        live.deploying.work_on(SLEEP)
    assert (live.row.state, live.said()) == (State.LIVE, [])


def test_when_it_begins_to_change_at_that_moment_it_waits(live: Deployments) -> None:
    busy = client_error("ValidationException", 'Cannot update in-progress endpoint "arn".', "DeleteEndpoint")
    live.stack.sagemaker.refuse("delete_endpoint", busy)
    with pytest.raises(WaitError, match="in-progress"):
        live.deploying.work_on(SLEEP)
    assert (live.row.state, live.said()) == (State.LIVE, [])
    assert live.deploying.work_on(SLEEP)["outcome"] == "asleep"


def test_while_a_new_run_is_on_its_way_it_waits(live: Deployments) -> None:
    live.deploying.work_on(live.trained(2))
    with pytest.raises(WaitError, match=f"{SECOND} is on its way"):
        live.deploying.work_on(SLEEP)


def test_what_could_not_be_woken_is_not_put_to_sleep(live: Deployments) -> None:
    live.stack.sagemaker.delete("Model", FIRST)
    outcome = live.deploying.work_on(SLEEP)
    assert outcome["outcome"] == "refused request"
    assert outcome["reason"].startswith(f"it could not be woken: the model {FIRST} is not there")
    assert (live.row.state, live.stack.sagemaker.called("delete_endpoint")) == (State.LIVE, [])


@pytest.mark.parametrize("kind", ["Wake", "Sleep", "Keep", "Rollback", "Delete", "Apply"])
def test_of_a_model_that_never_was_nothing_is_asked(runs: Deployments, kind: str) -> None:
    outcome = runs.deploying.work_on(Request(kind, ModelName("abalone"), "true"))
    none = {"Rollback": "nothing to go back to", "Delete": "nothing to delete", "Apply": "nothing is live"}
    assert outcome["outcome"] == none.get(kind, "no such model")
    assert (runs.said(), runs.row.version) == ([], 0)


@pytest.mark.parametrize("kind", ["Wake", "Sleep", "Keep", "Rollback", "Delete"])
def test_what_is_still_to_be_said_is_said_first(live: Deployments, kind: str) -> None:
    said = Announcement("EndpointBroken", "abalone", None, "So.", {"endpoint": ENDPOINT, "reason": "So."})
    pending = PendingAnnouncement(said, [], parsed("2026-01-01T00:00:00Z")).as_json()
    live.stack.ledger.write_endpoint(replace(live.row, pending=pending))
    try:
        live.deploying.work_on(Request(kind, ModelName("abalone"), "true"))
    except WaitError:
        assert kind == "Delete"
    assert live.said()[0] == "EndpointBroken"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("wake_requested", "model", "No Model"),
        ("keep_requested", "until", "for ever"),
        ("retry_requested", "run", "ebb-wine-261122153000-k3v7q"),
        ("delete_requested", "model", "adopted/notebook"),
    ],
)
def test_a_request_that_is_none_is_an_outcome_that_says_why(
    live: Deployments, name: str, field: str, value: Any
) -> None:
    event = recorded(name)
    event["detail"][field] = value
    outcome = live.deploying.work_on(order_of(event))
    assert outcome["outcome"] == "refused request"
    assert value in outcome["reason"]
    assert (live.said(), live.stack.sagemaker.calls) == (["RequestRefused"], [])


def test_a_request_that_waited_for_too_long_did_not_happen(live: Deployments) -> None:
    live.deploying.work_on(live.trained(2))
    outcome = live.deploying.give_up(SLEEP, "it has waited for 24 hours: so it is")
    assert (outcome["outcome"], outcome["request"]) == ("given up", "Sleep")
    assert (live.row.state, live.said()) == (State.DEPLOYING, ["RequestRefused"])


def test_what_may_not_be_looked_at_is_not_taken_for_gone(runs: Deployments) -> None:
    """Permission goes by tags, and those were taken off by hand: the endpoint goes on, so it is not said to sleep."""
    runs.was_live(1)
    runs.stack.sagemaker.refuse("describe_endpoint", not_authorized("DescribeEndpoint", ENDPOINT), ENDPOINT)
    with pytest.raises(WaitError, match="is there, but may not be looked at"):
        runs.deploying.work_on(SLEEP)
    assert runs.row.state is State.LIVE


def test_a_role_that_may_not_read_tags_is_no_reason_to_think_it_gone(runs: Deployments) -> None:
    runs.was_live(1)
    runs.stack.sagemaker.refuse("list_tags", not_authorized("ListTags", ENDPOINT))
    with pytest.raises(ClientError, match="ListTags"):
        runs.deploying.work_on(SLEEP)
    assert runs.row.state is State.LIVE
