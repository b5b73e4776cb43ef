"""The tag ebb:idle-after on anybody's serverless endpoint puts it into our care; only the endpoint goes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import State
from ebb.times import iso
from tests.emulated.fake_runtime import model_error
from tests.emulated.stack import NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import EVERY, WholeTick, call

NAME, CONFIG = "notebook", "notebook-config"
ROW = f"adopted/{NAME}"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Adoptable = Callable[..., None]


@pytest.fixture
def adoptable(stack: Stack) -> Adoptable:
    """Made long ago by somebody with a notebook; last called `called` ago."""

    def place(called: dt.timedelta | None = 40 * DAY, variant: str = "AllTraffic", **tags: str) -> None:
        stack.sagemaker.now = NOW - 50 * DAY
        stack.sagemaker.create_model(ModelName="sklearn", PrimaryContainer={"ModelDataUrl": "s3://theirs/model.tar.gz"})
        stack.sagemaker.create_endpoint_config(
            EndpointConfigName=CONFIG, ProductionVariants=[{"VariantName": variant, "ModelName": "sklearn"}]
        )
        told = {"ebb:idle-after": "120"} | {f"ebb:{name.replace('_', '-')}": value for name, value in tags.items()}
        listed = [{"Key": key, "Value": value} for key, value in told.items()]
        stack.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=CONFIG, Tags=listed)
        stack.sagemaker.settle(NAME)
        stack.sagemaker.now = NOW
        if called:
            call(stack, NAME, variant, at=NOW - called)

    return place


def _ticks(stack: Stack, tick: WholeTick, times: int = 1, after: dt.timedelta = EVERY) -> None:
    """The whole of it; what was called until then shows."""
    for _ in range(times):
        for made in stack.runtime.calls[tick.shown :]:
            call(stack, made.endpoint, "AllTraffic", at=tick.now)
        tick.shown = len(stack.runtime.calls)
        tick.whole(after)


def test_one_that_was_called_long_ago_is_probed_and_put_to_sleep(
    stack: Stack, tick: WholeTick, adoptable: Adoptable
) -> None:
    adoptable()
    _ticks(stack, tick)
    row = tick.row(ROW)
    assert (row.state, row.live_config, row.variant) == (State.LIVE, CONFIG, "AllTraffic")
    assert stack.runtime.calls == []
    _ticks(stack, tick, after=3 * HOUR)
    assert [made.rows for made in stack.runtime.calls] == [("0",)]
    (warning,) = stack.announcements()
    assert (warning["model"], warning["run"], warning["endpoint"]) == ("-", None, NAME)
    assert warning["keep"].endswith(f":endpoint/{NAME} --tags Key=ebb:keep,Value=true")
    assert warning["last_call"] == iso(NOW - 40 * DAY + HOUR)
    _ticks(stack, tick)
    assert stack.sagemaker.called("delete_endpoint") == [NAME]
    (said,) = stack.announcements()
    assert said["wake"] == f"aws sagemaker create-endpoint --endpoint-name {NAME} --endpoint-config-name {CONFIG}"
    assert (list(stack.sagemaker.configs), list(stack.sagemaker.models)) == ([CONFIG], ["sklearn"])
    stack.sagemaker.settle(NAME)
    _ticks(stack, tick)
    assert tick.row(ROW).state is State.NONE
    assert [one.model for one in stack.ledger.endpoints()] == []
    assert (stack.listed(), tick.told) == ([], [])


def test_one_that_refuses_the_probe_has_answered(stack: Stack, tick: WholeTick, adoptable: Adoptable) -> None:
    adoptable()
    _ticks(stack, tick)
    stack.runtime.refuse(model_error(400, "no such columns"))
    _ticks(stack, tick, after=3 * HOUR)
    assert tick.row(ROW).answered_at
    assert tick.told == []


def test_one_that_nobody_ever_called_is_never_deleted_and_told_once_a_day(
    stack: Stack, tick: WholeTick, adoptable: Adoptable
) -> None:
    adoptable(called=None)
    _ticks(stack, tick)
    told = []
    for hours in (25, 8, 8, 9):
        _ticks(stack, tick, after=hours * HOUR)
        told.append([one.split(":")[0] for one in tick.told])
    assert told == [[NAME], [], [], [NAME]]
    assert (stack.runtime.calls, stack.sagemaker.called("delete_endpoint")) == ([], [])


def test_when_cloudwatch_answers_in_part_it_is_asked_again_at_the_next_tick(
    stack: Stack, tick: WholeTick, adoptable: Adoptable
) -> None:
    """That passes: only what a person has to mend is told once a day."""
    adoptable()
    _ticks(stack, tick)
    stack.ledger.write_endpoint(replace(tick.row(ROW), since=tick.now - 2 * DAY))

    def in_part(parsed: dict[str, Any], **_: Any) -> None:
        for result in parsed["MetricDataResults"]:
            result["StatusCode"] = "PartialData"

    events = stack.clients.cloudwatch.meta.events
    events.register("after-call.cloudwatch.GetMetricData", in_part)
    _ticks(stack, tick, after=26 * HOUR)
    events.unregister("after-call.cloudwatch.GetMetricData", in_part)
    assert tick.row(ROW).not_before is None


def _real_time(stack: Stack) -> None:
    (variant,) = stack.sagemaker.configs[CONFIG]["ProductionVariants"]
    variant["InstanceType"] = "ml.m5.xlarge"


def _tag(stack: Stack, key: str, value: str | None) -> None:
    tags = stack.sagemaker.tags[stack.sagemaker.endpoints[NAME]["EndpointArn"]]
    tags.pop(key, None)
    tags |= {key: value} if value is not None else {}


def _other_config(stack: Stack) -> None:
    again = stack.sagemaker.configs[CONFIG] | {"EndpointConfigName": "another"}
    stack.sagemaker.configs["another"] = again
    stack.sagemaker.endpoints[NAME]["EndpointConfigName"] = "another"


@pytest.mark.parametrize(
    "change",
    [
        _real_time,
        lambda stack: _tag(stack, "ebb:idle-after", "two hours"),
        lambda stack: _tag(stack, "ebb:keep", "please"),
        _other_config,
    ],
    ids=["real-time", "malformed", "kept", "other config"],
)
def test_what_is_protected(
    stack: Stack, tick: WholeTick, adoptable: Adoptable, change: Callable[[Stack], None]
) -> None:
    """Also after the probe."""
    adoptable()
    _ticks(stack, tick)
    _ticks(stack, tick, after=3 * HOUR)
    assert len(stack.runtime.calls) == 1
    change(stack)
    _ticks(stack, tick, times=2)
    assert len(stack.runtime.calls) == 1
    assert stack.sagemaker.called("delete_endpoint") == []


def test_one_that_is_made_again_by_hand_is_adopted_again(stack: Stack, tick: WholeTick, adoptable: Adoptable) -> None:
    adoptable()
    _ticks(stack, tick)
    _ticks(stack, tick, after=3 * HOUR)
    _ticks(stack, tick)
    stack.sagemaker.settle(NAME)
    stack.sagemaker.now = tick.now
    tags = [{"Key": "ebb:idle-after", "Value": "120"}]
    stack.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=CONFIG, Tags=tags)
    stack.sagemaker.settle(NAME)
    _ticks(stack, tick, times=2)
    row = tick.row(ROW)
    assert (row.state, row.live_config, row.knocked_at) == (State.LIVE, CONFIG, None)
    assert len(stack.sagemaker.called("delete_endpoint")) == 1
    _ticks(stack, tick, after=3 * HOUR)
    _ticks(stack, tick)
    assert len(stack.sagemaker.called("delete_endpoint")) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda stack: stack.sagemaker.endpoints.clear(),
        lambda stack: _tag(stack, "ebb:idle-after", None),
        lambda stack: _tag(stack, "ebb:stack", "other"),
    ],
    ids=["gone", "untagged", "another stack's"],
)
def test_one_that_is_gone_or_let_go_is_forgotten(
    stack: Stack, tick: WholeTick, adoptable: Adoptable, change: Callable[[Stack], None]
) -> None:
    adoptable()
    _ticks(stack, tick)
    change(stack)
    _ticks(stack, tick, after=3 * HOUR)
    assert (tick.row(ROW).state, tick.told) == (State.NONE, [])
    assert stack.messages(stack.confirm_queue) == []
