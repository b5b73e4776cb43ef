"""A tick deletes what is proven idle and ours, and nothing else, whatever goes wrong with one of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from ebb.failures import TickIncompleteError
from ebb.idleness import Kind
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, NOW, Stack
from tests.emulated.whole_tick import CONFIG, WINDOW, Place, WholeTick


def _call(stack: Stack, name: str = ENDPOINT, variant: str = "v-1", minutes_ago: int = 5) -> None:
    at = NOW - dt.timedelta(minutes=minutes_ago)
    dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": variant}]
    datum: Any = {"MetricName": "Invocations", "Dimensions": dimensions, "Timestamp": at, "Value": 1}
    stack.clients.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])


def test_an_idle_endpoint_is_deleted_and_config_and_model_stay(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    assert tick.run()[ENDPOINT].kind is Kind.IDLE
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]
    assert stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"
    assert (list(stack.sagemaker.configs), list(stack.sagemaker.models)) == ([CONFIG], [CONFIG])


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"age": WINDOW - dt.timedelta(seconds=1)}, Kind.ACTIVE),
        ({"keep": "true"}, Kind.ACTIVE),
        ({"keep": "2026-13-45"}, Kind.ACTIVE),
        ({"keep": "2026-11-23T00:00:00Z"}, Kind.ACTIVE),
        ({"status": "Creating"}, Kind.WAITING),
        ({"status": "Updating"}, Kind.WAITING),
        ({"status": "Deleting"}, Kind.WAITING),
        ({"status": "Failed"}, Kind.WAITING),
        ({"keep": "false"}, Kind.IDLE),
        ({"keep": "2026-11-22T15:59:59Z"}, Kind.IDLE),
        ({"age": WINDOW}, Kind.IDLE),
    ],
)
def test_young_kept_and_changing_endpoints_stay(
    stack: Stack, tick: WholeTick, place: Place, facts: dict[str, Any], kind: Kind
) -> None:
    place(**facts)
    assert tick.run()[ENDPOINT].kind is kind
    assert bool(stack.sagemaker.called("delete_endpoint")) == (kind is Kind.IDLE)


@pytest.mark.parametrize(
    ("ago", "kind"), [(0, Kind.ACTIVE), (5, Kind.ACTIVE), (69, Kind.ACTIVE), (75, Kind.IDLE), (600, Kind.IDLE)]
)
def test_a_call_inside_the_window_keeps_an_endpoint(
    stack: Stack, tick: WholeTick, place: Place, ago: int, kind: Kind
) -> None:
    place()
    _call(stack, minutes_ago=ago)
    assert tick.run()[ENDPOINT].kind is kind


def test_calls_of_another_endpoint_or_variant_do_not_count(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    _call(stack, "ebb-other")
    _call(stack, variant="v-2")
    assert tick.run()[ENDPOINT].kind is Kind.IDLE


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (ENDPOINT, {"stack": "other"}),
        ("ebbtide-abalone", {}),
        ("my-ebb-abalone", {}),
        ("by-hand", {}),
    ],
)
def test_what_is_not_ours_by_tag_and_name_is_not_touched(
    stack: Stack, tick: WholeTick, place: Place, name: str, tags: dict[str, str]
) -> None:
    place(name, **tags)
    assert tick.run() == {}
    assert {operation for operation, _ in stack.sagemaker.calls} <= {"list_endpoints", "list_tags"}


def test_an_endpoint_without_tags_is_not_touched(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.sagemaker.tags.clear()
    assert tick.run() == {}


def test_endpoints_on_every_page_are_judged(stack: Stack, tick: WholeTick, place: Place) -> None:
    names = [f"ebb-model-{number}" for number in range(5)]
    for name in names:
        place(name)
    assert list(tick.run()) == names
    assert stack.sagemaker.called("delete_endpoint") == names


def test_one_that_fails_does_not_stop_the_rest_and_the_pass_ends_with_one_error(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    for name in ("ebb-a", "ebb-b", "ebb-c", "ebb-d"):
        place(name)
    stack.sagemaker.refuse("describe_endpoint", client_error("InternalFailure", "first"), "ebb-a")
    stack.sagemaker.refuse("delete_endpoint", client_error("ValidationException", "second"), "ebb-c")
    with pytest.raises(TickIncompleteError) as incomplete:
        tick.run()
    assert stack.sagemaker.called("delete_endpoint") == ["ebb-b", "ebb-c", "ebb-d"]
    told = str(incomplete.value).split("; ")
    assert [line.split(":")[0] for line in told] == ["ebb-a", "ebb-c"]


def test_one_that_times_out_does_not_stop_the_rest_either(stack: Stack, tick: WholeTick, place: Place) -> None:
    for name in ("ebb-a", "ebb-b"):
        place(name)
    timeout = ReadTimeoutError(endpoint_url="https://api.sagemaker.eu-central-1.amazonaws.com")
    stack.sagemaker.refuse("describe_endpoint", timeout, "ebb-a")
    with pytest.raises(TickIncompleteError):
        tick.run()
    assert stack.sagemaker.called("delete_endpoint") == ["ebb-b"]


class SecondLook:
    """Something happens to the endpoint between the first look and the second."""

    def __init__(self, stack: Stack, happens: Callable[[Stack], object]) -> None:
        self.stack, self.happens, self.looks = stack, happens, 0
        self.look = stack.sagemaker.describe_endpoint

    def __call__(self, **asked: str) -> dict[str, Any]:
        self.looks += 1
        if self.looks == 2:
            self.happens(self.stack)
        return dict(self.look(EndpointName=asked["EndpointName"]))


@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        (_call, Kind.ACTIVE),
        (lambda stack: stack.sagemaker.settle(ENDPOINT, "Updating"), Kind.WAITING),
        (lambda stack: stack.sagemaker.settle(ENDPOINT), Kind.WAITING),
        (lambda stack: None, Kind.IDLE),
    ],
    ids=["a call", "an update", "an update that is done", "nothing"],
)
def test_what_happens_between_the_two_looks_protects(
    stack: Stack, tick: WholeTick, place: Place, happens: Callable[[Stack], object], kind: Kind
) -> None:
    place()
    vars(stack.sagemaker)["describe_endpoint"] = SecondLook(stack, happens)
    assert tick.run()[ENDPOINT].kind is kind
    assert bool(stack.sagemaker.called("delete_endpoint")) == (kind is Kind.IDLE)


def test_an_endpoint_whose_config_is_gone_is_not_understood_and_stays(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    stack.sagemaker.configs.clear()
    with pytest.raises(TickIncompleteError, match="not authorized to perform: sagemaker:DescribeEndpointConfig"):
        tick.run()
    assert stack.sagemaker.called("delete_endpoint") == []


def test_the_window_is_the_templates(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(age=dt.timedelta(hours=20))
    longer = replace(tick, settings=replace(tick.settings, idle_after_minutes=1440))
    assert longer.run()[ENDPOINT].kind is Kind.ACTIVE
