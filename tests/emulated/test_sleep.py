"""What the ledger knows of an endpoint that goes to sleep, and of one that must not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ebb.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.failures import TickIncompleteError
from ebb.idleness import Kind, Verdict
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, NEWER, OLDER, Stack
from tests.emulated.whole_tick import CONFIG, Place, WholeTick


def test_sleep_is_announced_and_recorded(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    (said,) = stack.announcements()
    assert (said["name"], said["model"], said["run"]) == ("EndpointAsleep", "abalone", CONFIG)
    assert said["sentence"].startswith(f"{ENDPOINT} is asleep: no call in the last 70 minutes.")
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"], latest["endpoint"]) == (CONFIG, "asleep", ENDPOINT)
    row = stack.ledger.endpoint("abalone")
    assert (row.state, row.live_run, row.live_config) == (State.ASLEEP, CONFIG, CONFIG)
    assert row.since == "2026-11-22T16:00:00Z"


def test_the_ledger_knows_before_the_endpoint_goes(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "try again"))
    with pytest.raises(TickIncompleteError):
        tick.run()
    row = stack.ledger.endpoint("abalone")
    assert (row.state, row.live_run) == (State.LIVE, CONFIG)
    assert stack.announcements() == []


def test_a_config_that_was_derived_later_belongs_to_its_run(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(config=f"{CONFIG}-od")
    tick.run()
    row = stack.ledger.endpoint("abalone")
    assert (row.live_run, row.live_config) == (CONFIG, f"{CONFIG}-od")


def test_what_the_ledger_knows_to_be_live_stays_so(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    live = EndpointRow("abalone", state=State.LIVE, live_run=OLDER, live_config=f"{OLDER}-2", previous_run="before")
    stack.ledger.write_endpoint(live)
    assert tick.run()[ENDPOINT].kind is Kind.IDLE
    row = stack.ledger.endpoint("abalone")
    assert row == replace(live, version=2, state=State.ASLEEP, since="2026-11-22T16:00:00Z")


def test_a_tick_that_died_before_the_deletion_is_finished_by_the_next(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    stack.ledger.write_endpoint(EndpointRow("abalone", state=State.ASLEEP, live_run=CONFIG, live_config=CONFIG))
    assert tick.run()[ENDPOINT].kind is Kind.IDLE
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]


CHANGE = Wanted(NEWER, Reason.PROMOTION, "2026-11-22T15:00:00Z")


@pytest.mark.parametrize(
    "row",
    [
        EndpointRow("abalone", state=State.DEPLOYING, live_run=CONFIG, live_config=CONFIG, wanted=CHANGE),
        EndpointRow("abalone", state=State.WAKING, live_run=CONFIG, live_config=CONFIG, wanted=CHANGE),
        EndpointRow("abalone", state=State.BROKEN, live_run=CONFIG, live_config=CONFIG),
        EndpointRow("abalone", state=State.NONE),
    ],
    ids=lambda row: row.state,
)
def test_only_an_endpoint_that_is_live_and_not_being_changed_goes_to_sleep(
    stack: Stack, tick: WholeTick, place: Place, row: EndpointRow
) -> None:
    place()
    stack.ledger.write_endpoint(row)
    assert tick.run() == {ENDPOINT: Verdict(Kind.WAITING, f"its model's endpoint is {row.state}")}
    assert stack.sagemaker.called("delete_endpoint") == []
    assert stack.ledger.endpoint("abalone") == replace(row, version=1)


def test_whoever_was_quicker_with_the_ledger_is_not_overtaken(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.ledger.write_endpoint(EndpointRow("abalone", state=State.LIVE, live_run=CONFIG, live_config=CONFIG))

    def change_first(**_: object) -> None:
        stack.clients.dynamodb.meta.events.unregister("before-call.dynamodb.UpdateItem", change_first)
        stack.ledger.write_endpoint(stack.ledger.endpoint("abalone").wants(CHANGE))

    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", change_first)
    assert tick.run()[ENDPOINT].kind is Kind.WAITING
    assert stack.sagemaker.called("delete_endpoint") == []
    assert stack.ledger.endpoint("abalone").busy


def test_a_candidate_is_nothing_to_put_to_sleep(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(name=CONFIG, role="candidate")
    assert tick.run()[CONFIG].kind is Kind.WAITING
    assert stack.sagemaker.called("delete_endpoint") == []


def test_nothing_is_deleted_when_the_ledger_cannot_be_written(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    with stack.broken("dynamodb", "UpdateItem"), pytest.raises(TickIncompleteError, match="ebb-abalone"):
        tick.run()
    assert stack.sagemaker.called("delete_endpoint") == []


@pytest.mark.parametrize("by_tags", [True, False])
def test_one_that_somebody_else_deleted_meanwhile_is_asleep_all_the_same(
    stack: Stack, tick: WholeTick, place: Place, *, by_tags: bool
) -> None:
    stack.sagemaker.by_tags = by_tags
    place()
    vars(stack.sagemaker)["delete_endpoint"] = MeanwhileDeleted(stack, stack.sagemaker.delete_endpoint)
    assert tick.run()[ENDPOINT].kind is Kind.IDLE
    assert stack.ledger.endpoint("abalone").state is State.ASLEEP


class MeanwhileDeleted:
    """Somebody else deletes it, wholly, right before we do."""

    def __init__(self, stack: Stack, delete: Callable[..., object]) -> None:
        self.stack, self.delete = stack, delete

    def __call__(self, **asked: str) -> None:
        for _ in range(2):
            self.stack.sagemaker.settle(ENDPOINT, "Deleting")
        self.delete(**asked)
