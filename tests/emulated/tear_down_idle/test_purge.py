"""Asleep or superseded for PurgeAfterDays: config and model go, the artifact of the run stays."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Control, EndpointRow, State
from ebb.times import FOR_EVER, iso
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import WholeTick

OLD, LIVE = "ebb-abalone-261001000000-aaaaa", "ebb-abalone-261020000000-bbbbb"
GROUP = f"/aws/sagemaker/Endpoints/{ENDPOINT}"
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
Ripe = Callable[..., EndpointRow]


@pytest.fixture
def ripe(stack: Stack) -> Ripe:
    """A model that is asleep, or whose run before the live one is superseded, since `days` ago."""

    def place(state: State = State.ASLEEP, days: float = 31, config: str = LIVE) -> EndpointRow:
        since, tags = NOW - days * DAY, [{"Key": "ebb:stack", "Value": "ebb"}]
        for run, named in {OLD: OLD, LIVE: config}.items():
            stack.sagemaker.create_model(ModelName=run, Tags=tags)
            variant = {"VariantName": "v-1", "ModelName": run}
            stack.sagemaker.create_endpoint_config(EndpointConfigName=named, ProductionVariants=[variant], Tags=tags)
            stack.s3.put_object(Bucket=BUCKET, Key=_artifact(run), Body=b"model")
        row = EndpointRow("abalone", state=state, since=since, live_run=LIVE, live_config=config, due=since)
        if state is State.LIVE:
            row = replace(row, previous_run=OLD, superseded_at=since, since=NOW, variant="v-1")
            row = replace(row, control=Control(NOW, NOW, 2))
            stack.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=config, Tags=tags)
            stack.sagemaker.settle(ENDPOINT)
        stack.clients.logs.create_log_group(logGroupName=GROUP)
        return stack.ledger.write_endpoint(row)

    return place


def _artifact(run: str) -> str:
    return f"runs/abalone/{run}/output/model.tar.gz"


def _groups(stack: Stack) -> list[str]:
    found = stack.clients.logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/")["logGroups"]
    return [group["logGroupName"] for group in found]


def _left(stack: Stack) -> tuple[list[str], list[str]]:
    return list(stack.sagemaker.configs), list(stack.sagemaker.models)


@pytest.mark.parametrize("config", [LIVE, f"{LIVE}-od"])
def test_what_sleeps_for_long_loses_config_and_model_and_keeps_its_artifact(
    stack: Stack, tick: WholeTick, ripe: Ripe, config: str
) -> None:
    """What is older than it went when it was confirmed, or goes now."""
    ripe(config=config)
    assert tick.run()[ENDPOINT]["did"] == "purged", tick.told
    assert _left(stack) == ([], [])
    assert sorted(stack.listed()) == [_artifact(OLD), _artifact(LIVE)]
    assert _groups(stack) == []
    (said,) = stack.announcements()
    assert (said["name"], said["by"], said["removed"]) == ("EndpointPurged", "age", sorted({config, LIVE}))
    assert (said["wake"], said["asleep_since"]) == ("ebb wake abalone", iso(NOW - 31 * DAY))
    assert said["artifact"] == f"s3://{BUCKET}/{_artifact(LIVE)}"
    row = tick.row()
    assert (row.state, row.purged, row.live_run) == (State.ASLEEP, True, LIVE)
    assert (row.needs_cleanup, row.pending) == (False, None)
    assert (row.due, tick.run(after=DAY)) == (FOR_EVER.replace(microsecond=0), {})


def test_a_superseded_run_goes_and_the_live_one_stays(stack: Stack, tick: WholeTick, ripe: Ripe) -> None:
    ripe(State.LIVE)
    assert tick.run()[ENDPOINT]["did"] == "purged", tick.told
    assert (_left(stack), _groups(stack)) == (([LIVE], [LIVE]), [GROUP])
    (said,) = stack.announcements()
    assert (said["removed"], said["wake"], said["asleep_since"]) == ([OLD], "ebb rollback abalone", None)
    row = tick.row()
    assert (row.state, row.superseded_at, row.purged) == (State.LIVE, None, False)
    assert (row.previous_run, row.previous_purged) == (OLD, True)  # `ebb rollback` builds it anew


@pytest.mark.parametrize("state", [State.ASLEEP, State.LIVE])
def test_nothing_goes_before_its_days_are_over(stack: Stack, tick: WholeTick, ripe: Ripe, state: State) -> None:
    ripe(state, days=29.9)
    assert tick.run() == {}
    assert len(stack.sagemaker.models) == 2


@pytest.mark.parametrize("state", [State.ASLEEP, State.LIVE])
def test_without_its_artifact_nothing_is_purged_and_it_is_told(
    stack: Stack, tick: WholeTick, ripe: Ripe, state: State
) -> None:
    """Once a day; of a superseded run again after as many days."""
    ripe(state)
    stack.s3.delete_object(Bucket=BUCKET, Key=_artifact(LIVE if state is State.ASLEEP else OLD))
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert (len(tick.told), "artifact" in tick.told[0]) == (1, True)
    assert (len(stack.sagemaker.models), stack.announcements(), _groups(stack)) == (2, [], [GROUP])
    assert tick.run(after=HOUR / 4) == {}
    if state is State.ASLEEP:
        assert list(tick.run(after=DAY)) == [ENDPOINT]


@pytest.mark.parametrize("state", [State.ASLEEP, State.LIVE])
def test_what_another_endpoint_uses_stays(stack: Stack, tick: WholeTick, ripe: Ripe, state: State) -> None:
    ripe(state)
    config = LIVE if state is State.ASLEEP else OLD
    stack.sagemaker.create_endpoint(EndpointName="by-hand", EndpointConfigName=config)
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["reason"]) == ("active", f"{config} stays: another endpoint uses it")
    assert config in stack.sagemaker.configs
    assert config in stack.sagemaker.models
    row = tick.row()
    assert (row.purged, row.needs_cleanup, row.pending, row.live_config) == (False, False, None, LIVE)
    assert (stack.announcements(), tick.told, tick.run(after=HOUR / 4)) == ([], [], {})


def test_a_wake_that_is_quicker_is_not_overtaken(stack: Stack, tick: WholeTick, ripe: Ripe) -> None:
    ripe()

    def wake(**_: object) -> None:
        stack.clients.dynamodb.meta.events.unregister("before-call.dynamodb.PutItem", wake)
        stack.ledger.write_endpoint(replace(tick.row(), state=State.WAKING))

    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.PutItem", wake)
    assert tick.run()[ENDPOINT]["verdict"] == "waiting"
    assert len(stack.sagemaker.models) == 2
    assert tick.row().state is State.WAKING


@pytest.mark.parametrize("half", [{"needs_cleanup": True}, {"candidate": "ebb-x"}])
def test_what_confirm_endpoint_is_at_work_on_is_left_to_it(
    stack: Stack, tick: WholeTick, ripe: Ripe, half: dict[str, Any]
) -> None:
    stack.ledger.write_endpoint(replace(ripe(), **half))
    assert tick.run() == {}
    assert len(stack.sagemaker.models) == 2


def test_a_purge_that_died_is_for_confirm_endpoint_to_finish(stack: Stack, tick: WholeTick, ripe: Ripe) -> None:
    ripe()
    stack.sagemaker.refuse("search", client_error("InternalFailure", "not now"))
    tick.run()
    assert "not now" in tick.told[0]
    row = tick.row()
    assert (row.purged, row.needs_cleanup, row.pending is None) == (True, True, False)
    assert tick.run(after=HOUR) == {}
    assert tick.whole()["asked"]["confirm"] == 1


def test_only_as_many_are_purged_as_one_tick_may(stack: Stack, tick: WholeTick, ripe: Ripe) -> None:
    row = ripe()
    tick.settings = replace(tick.settings, max_tear_downs_per_run=1)
    run = OLD.replace("abalone", "older")
    stack.s3.put_object(Bucket=BUCKET, Key=f"runs/older/{run}/output/model.tar.gz", Body=b"model")
    older = replace(row, model="older", version=0, since=NOW - 40 * DAY, live_run=run, live_config=run)
    stack.ledger.write_endpoint(older)
    assert list(tick.run()) == ["ebb-older"]
    assert list(tick.run()) == [ENDPOINT]
