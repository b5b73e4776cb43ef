"""What the ledger knows of an endpoint that goes to sleep, and of one that must not."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from ebb.aws.endpoints import DescribedEndpoint
from ebb.context import Context
from ebb.endpoints.put_to_sleep import Cause, put_to_sleep
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, NEWER, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import CONFIG, EVERY, MARGIN, Place, WholeTick, call, probe_shows

CHANGE = Wanted(NEWER, Reason.PROMOTION, NOW - dt.timedelta(hours=1))
SLEPT = NOW + EVERY


def test_sleep_is_announced_and_recorded(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.falls_asleep()
    said = stack.announcements()[-1]
    assert (said["name"], said["model"], said["run"]) == ("EndpointAsleep", "abalone", CONFIG)
    assert said["sentence"].startswith(f"{ENDPOINT} is asleep: no call but our own of 2026-11-22T16:00:00Z")
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"], latest["endpoint"]) == (CONFIG, "asleep", ENDPOINT)
    row = tick.row()
    assert (row.state, row.live_run, row.live_config, row.since) == (State.ASLEEP, CONFIG, CONFIG, SLEPT)
    assert (row.wanted, row.pending, row.knocked_at, row.answered_at, row.announced) == (None, None, None, None, "")


def test_what_sleeps_is_looked_at_again_when_it_may_be_purged(tick: WholeTick, place: Place) -> None:
    place()
    tick.falls_asleep()
    assert tick.goes_on() == {}
    assert tick.row().due == SLEPT + dt.timedelta(days=30)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_what_may_not_be_deleted_stays_awake(stack: Stack, tick: WholeTick, place: Place, code: str) -> None:
    place()
    tick.run()
    stack.sagemaker.refuse("delete_endpoint", client_error(code, "Rate exceeded"))
    assert tick.did() == "nothing"
    row = tick.row()
    assert (row.state, row.live_run, row.wanted) == (State.LIVE, CONFIG, None)
    assert (len(tick.told), tick.said()) == (1, ["EndpointSleepsSoon"])
    assert tick.did() == "put to sleep"


def test_what_begins_to_be_changed_right_before_is_left_for_the_next_tick(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    """SageMaker itself updates what is behind an endpoint, and lets nobody else do anything meanwhile."""
    place()
    tick.run()
    words = 'Cannot update in-progress endpoint "arn".'
    stack.sagemaker.refuse("delete_endpoint", client_error("ValidationException", words))
    line = tick.goes_on()[ENDPOINT]
    assert (line["verdict"], tick.told) == ("waiting", [])
    assert tick.row().state is State.LIVE
    assert tick.did() == "put to sleep"


def test_a_config_that_was_derived_later_belongs_to_its_run(tick: WholeTick, place: Place) -> None:
    place(config=f"{CONFIG}-od")
    tick.falls_asleep()
    row = tick.row()
    assert (row.state, row.live_run, row.live_config) == (State.ASLEEP, CONFIG, f"{CONFIG}-od")


@pytest.mark.parametrize(("called", "did"), [(False, "put to sleep"), (True, "left awake")])
def test_a_tick_that_died_before_the_deletion_is_finished_by_the_next(
    stack: Stack, tick: WholeTick, place: Place, did: str, *, called: bool
) -> None:
    place()
    tick.run()
    tick.shown = 1
    probe_shows(stack, at=NOW)
    _decides_and_dies(stack, tick)
    if called:
        call(stack, at=tick.now)
    assert tick.did() == did
    assert stack.sagemaker.called("delete_endpoint") == ([] if called else [ENDPOINT])
    assert tick.row().state is (State.LIVE if called else State.ASLEEP)
    assert tick.said() == ["EndpointSleepsSoon", *([] if called else ["EndpointAsleep"])]


def _decides_and_dies(stack: Stack, tick: WholeTick) -> None:
    """The row says that it sleeps; nothing else has been done."""
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "who knows"))
    tick.run(after=MARGIN * 1.5)
    assert tick.row().falls_asleep
    stack.sagemaker.calls.clear()


def test_one_that_is_woken_while_its_sleep_is_being_finished_stays(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    tick.shown = 1
    probe_shows(stack, at=NOW)
    _decides_and_dies(stack, tick)
    hooks = stack.clients.dynamodb.meta.events
    hooks.register("before-call.dynamodb.PutItem", _QuickerBefore(stack, 1))
    assert tick.goes_on()[ENDPOINT]["verdict"] == "waiting"
    assert stack.sagemaker.called("delete_endpoint") == []
    assert tick.row().wanted == CHANGE


def test_a_persons_sleep_that_died_is_finished_after_a_while(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    endpoint = DescribedEndpoint(ENDPOINT, "arn", "InService", CONFIG, NOW, NOW, variant="v-1")
    endpoint = replace(endpoint, serverless={"MemorySizeInMB": 2048})
    context, cause = Context(stack.clients, tick.settings, NOW), Cause("request", "a person asked for it")
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "who knows"))
    with pytest.raises(Exception, match="who knows"):
        put_to_sleep(context, tick.row(), endpoint, cause)
    assert tick.run()[ENDPOINT]["verdict"] == "waiting"
    call(stack, at=NOW)
    assert tick.did() == "put to sleep"
    assert tick.said() == ["EndpointAsleep"]


@pytest.mark.parametrize(
    "row",
    [
        EndpointRow("abalone", state=State.DEPLOYING, live_run=CONFIG, live_config=CONFIG, wanted=CHANGE),
        EndpointRow("abalone", state=State.WAKING, live_run=CONFIG, live_config=CONFIG, wanted=CHANGE),
        EndpointRow("abalone", state=State.BROKEN, live_run=CONFIG, live_config=CONFIG),
        EndpointRow("abalone", state=State.NONE),
        EndpointRow("abalone", state=State.ASLEEP, live_run=CONFIG, live_config=CONFIG),
    ],
    ids=lambda row: row.state,
)
def test_only_an_endpoint_that_is_live_and_not_being_changed_goes_to_sleep(
    stack: Stack, tick: WholeTick, place: Place, row: EndpointRow
) -> None:
    place()
    row = replace(row, version=1, due=NOW, since=NOW, knocked_at=NOW, answered_at=NOW)
    row = stack.ledger.write_endpoint(row)
    probe_shows(stack, at=NOW)
    assert tick.run(after=EVERY) == {}
    assert stack.sagemaker.called("delete_endpoint") == []
    assert replace(tick.row(), due=None, version=0) == replace(row, due=None, version=0)


@pytest.mark.parametrize(("phase", "write"), [("probe", 1), ("probe", 2), ("probe", 3), ("sleep", 1), ("sleep", 2)])
def test_whoever_was_quicker_with_the_ledger_is_not_overtaken(
    stack: Stack, tick: WholeTick, place: Place, phase: str, write: int
) -> None:
    """Another run is deployed, or a person wakes it, right before one of the tick's writes."""
    place()
    if phase == "sleep":
        tick.run()
    quicker = _QuickerBefore(stack, write)
    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.PutItem", quicker)
    line = tick.goes_on()[ENDPOINT]
    assert (line["verdict"], line["did"], tick.told) == ("waiting", "nothing", [])
    row = tick.row()
    assert (row.busy, row.wanted) == (True, CHANGE)
    assert stack.sagemaker.called("delete_endpoint") == ([ENDPOINT] if (phase, write) == ("sleep", 2) else [])


class _QuickerBefore:
    """The row wants something else right before our n-th write."""

    def __init__(self, stack: Stack, write: int) -> None:
        self.stack, self.left = stack, write

    def __call__(self, **_: object) -> None:
        self.left -= 1
        if self.left == 0:
            self.stack.ledger.write_endpoint(self.stack.ledger.endpoint("abalone").wants(CHANGE))


@pytest.mark.parametrize("by_tags", [True, False])
def test_one_that_somebody_else_deleted_meanwhile_is_asleep_all_the_same(
    stack: Stack, tick: WholeTick, place: Place, *, by_tags: bool
) -> None:
    stack.sagemaker.by_tags = by_tags
    place()
    tick.run()
    vars(stack.sagemaker)["delete_endpoint"] = _MeanwhileDeleted(stack, stack.sagemaker.delete_endpoint)
    assert tick.did() == "put to sleep"
    assert tick.row().state is State.ASLEEP


class _MeanwhileDeleted:
    """Somebody else deletes it, wholly, right before we do."""

    def __init__(self, stack: Stack, delete: Callable[..., object]) -> None:
        self.stack, self.delete = stack, delete

    def __call__(self, **asked: str) -> None:
        for _ in range(2):
            self.stack.sagemaker.settle(ENDPOINT, "Deleting")
        self.delete(**asked)


def test_what_somebody_has_deleted_is_for_confirm_endpoint_to_see(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    del stack.sagemaker.endpoints[ENDPOINT]
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], tick.told) == ("waiting", [])
    (event,) = stack.messages(stack.confirm_queue)
    assert event["detail"] == {"stack": "ebb", "endpoint": ENDPOINT}
    assert tick.goes_on() == {}


def test_what_a_person_said_of_keeping_it_lives_on_with_its_config(stack: Stack, tick: WholeTick, place: Place) -> None:
    """Kept until yesterday, or expressly not: that is for whoever wakes it to know."""
    place(keep="false")
    tick.falls_asleep()
    arn = stack.sagemaker.configs[CONFIG]["EndpointConfigArn"]
    assert stack.sagemaker.tags[arn]["ebb:keep"] == "false"
    order = [operation for operation, _ in stack.sagemaker.calls]
    assert order.index("add_tags") < order.index("delete_endpoint")


@pytest.mark.parametrize("kept", ["a tag", "its settings"])
def test_what_is_kept_is_not_even_probed(stack: Stack, tick: WholeTick, place: Place, kept: str) -> None:
    place(**({"keep": "true"} if kept == "a tag" else {}))
    stack.ledger.write_endpoint(replace(tick.row(), keep=kept != "a tag"))
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("active", "nothing")
    assert tick.goes_on() == {}
    assert stack.runtime.calls == []


def test_provisioned_concurrency_is_taken_away_first(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(provisioned=2)
    tick.run()
    assert tick.did() == "downgrade asked for"
    row = tick.row()
    assert row.change
    assert (row.change.config, row.change.reason, row.change.before) == (f"{CONFIG}-od", Reason.DOWNGRADE, State.LIVE)
    (event,) = stack.messages(stack.deploy_queue)
    assert event["detail"] == {"stack": "ebb", "model": "abalone"}
    assert stack.sagemaker.called("delete_endpoint") == []


def test_what_cannot_be_made_cheaper_is_put_to_sleep(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(provisioned=2)
    stack.ledger.write_endpoint(replace(tick.row(), no_downgrade=True))
    tick.falls_asleep()
    said = stack.announcements()[-1]
    assert said["saved"] == {"endpoint_slots": 1, "gb_hours_per_day": 96.0}
