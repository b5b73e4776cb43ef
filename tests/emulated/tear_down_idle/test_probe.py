"""A probe proves that CloudWatch sees an endpoint, and that nobody else calls it; what is not proven protects."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ReadTimeoutError

from ebb.times import iso
from tests.emulated.fake_runtime import model_error
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import (
    CONFIG,
    EVERY,
    FUNCTION,
    MARGIN,
    WINDOW,
    Place,
    WholeTick,
    call,
    probe_shows,
    put,
)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def test_a_held_out_row_is_asked_once(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    (made,) = stack.runtime.calls
    assert (made.endpoint, made.rows) == (ENDPOINT, ("1.5,0.25",))
    row = tick.row()
    assert row.knocked_at == NOW
    assert row.answered_at
    assert NOW <= row.answered_at <= NOW + MARGIN
    assert row.due == row.answered_at + MARGIN


def test_a_probe_younger_than_the_margin_is_waited_for(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    probe_shows(stack, at=tick.now)
    assert tick.run(after=MARGIN - MINUTE) == {}
    assert stack.sagemaker.called("delete_endpoint") == []
    assert tick.run(after=2 * MINUTE)[ENDPOINT]["did"] == "put to sleep"


@pytest.mark.parametrize("refused", [False, True])
def test_a_call_between_probe_and_sleep_keeps_it(stack: Stack, tick: WholeTick, place: Place, *, refused: bool) -> None:
    """Also one that the endpoint refuses, and that counts as nothing but an error."""
    place()
    tick.run()
    series = {"EndpointName": ENDPOINT, "VariantName": "v-1"}
    if refused:
        put(stack, "AWS/SageMaker", series, NOW + 5 * MINUTE, Invocation4XXErrors=1)
    else:
        call(stack, at=NOW + 5 * MINUTE)
    line = tick.goes_on()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("active", "nothing")
    assert "1 calls beside our own" in line["reason"]
    assert tick.row().knocked_at is None
    assert tick.goes_on() == {}
    assert tick.said() == ["EndpointSleepsSoon"]
    assert tick.did(WINDOW) == "probed"


def test_a_probe_that_does_not_show_is_told_once_and_made_again_after_a_day(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    tick.run()
    line = tick.run(after=EVERY)[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert f"our call of {iso(NOW)} does not show in CloudWatch" in tick.told[0]
    assert tick.said() == ["EndpointSleepsSoon"]
    assert tick.run(after=EVERY) == {}
    assert tick.run(after=HOUR)[ENDPOINT]["did"] == "told"
    (said,) = stack.announcements()
    assert "does not show in CloudWatch" in said["blocked"]
    assert "is not put to sleep" in said["sentence"]
    for _ in range(3):
        tick.run(after=2 * HOUR)
    assert (len(stack.runtime.calls), tick.said()) == (1, [])
    assert tick.run(after=DAY)[ENDPOINT]["did"] == "probed"
    assert tick.run(after=EVERY)[ENDPOINT]["verdict"] == "unknown"
    assert (len(stack.runtime.calls), stack.sagemaker.called("delete_endpoint")) == (2, [])


def test_a_probe_that_shows_late_counts(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    tick.run(after=EVERY)
    tick.shown = 1
    probe_shows(stack, at=NOW)
    assert tick.run(after=HOUR)[ENDPOINT]["did"] == "put to sleep"


def test_a_probe_that_may_never_have_been_made_is_made_again(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.ledger.write_endpoint(replace(tick.row(), knocked_at=NOW - EVERY))
    assert tick.did(MINUTE) == "probed"
    assert tick.did() == "put to sleep"


def _loses_its_smoke_rows(stack: Stack) -> None:
    stack.s3.delete_object(Bucket=BUCKET, Key=f"runs/abalone/{CONFIG}/smoke.csv")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda stack: stack.runtime.refuse(model_error(500, "out of memory")),
        lambda stack: stack.runtime.refuse(model_error(415, "what is this")),
        lambda stack: stack.runtime.refuse(client_error("AccessDeniedException", "no")),
        lambda stack: stack.runtime.refuse(ReadTimeoutError(endpoint_url="https://runtime")),
        lambda stack: stack.runtime.models.update({CONFIG: lambda _: ["1.0", "2.0"]}),
        _loses_its_smoke_rows,
    ],
)
def test_what_does_not_answer_is_for_a_person_to_see_once_a_day(
    stack: Stack, tick: WholeTick, place: Place, wrong: Callable[[Stack], None]
) -> None:
    place()
    wrong(stack)
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], len(tick.told)) == ("unknown", 1)
    assert tick.row().knocked_at is None
    assert tick.run(after=EVERY) == {}
    assert tick.row().not_before == NOW + DAY
    assert tick.said() == []
    assert stack.sagemaker.called("delete_endpoint") == []


def test_what_is_busy_is_called_by_somebody(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.runtime.refuse(client_error("ThrottlingException", "Rate exceeded"))
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], tick.told) == ("active", [])
    assert "it is busy" in line["reason"]
    assert tick.goes_on() == {}
    assert tick.did(WINDOW) == "probed"


def _shows_no_ticks(_: Stack, tick: WholeTick) -> None:
    tick.is_blind = True


def _answers_half(stack: Stack, _: WholeTick) -> None:
    def half(parsed: dict[str, list[dict[str, object]]], **_: object) -> None:
        for result in parsed["MetricDataResults"]:
            result["StatusCode"] = "PartialData"

    stack.clients.cloudwatch.meta.events.register("after-call.cloudwatch.GetMetricData", half)


def _forgets_confirms_calls(stack: Stack, tick: WholeTick) -> None:
    row = tick.row()
    assert row.control
    stack.ledger.write_endpoint(replace(row, control=replace(row.control, calls=3)))


@pytest.mark.parametrize("blinded", [_shows_no_ticks, _answers_half, _forgets_confirms_calls])
def test_a_blind_cloudwatch_is_no_proof(
    stack: Stack, tick: WholeTick, place: Place, blinded: Callable[[Stack, WholeTick], None]
) -> None:
    place()
    blinded(stack, tick)
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert tick.told == [f"{ENDPOINT}: {line['reason']}"]
    assert (stack.runtime.calls, tick.said()) == ([], [])


@pytest.mark.parametrize("blinded", [_answers_half])
def test_a_cloudwatch_that_goes_blind_after_the_probe_is_no_proof(
    stack: Stack, tick: WholeTick, place: Place, blinded: Callable[[Stack, WholeTick], None]
) -> None:
    place()
    tick.run()
    blinded(stack, tick)
    assert tick.goes_on()[ENDPOINT]["verdict"] == "unknown"
    assert stack.sagemaker.called("delete_endpoint") == []


def test_a_cloudwatch_that_does_not_answer_is_an_error_and_no_proof(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    with stack.broken("cloudwatch", "GetMetricData"):
        line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert len(tick.told) == 2
    assert "the calls of all endpoints" in tick.told[0]
    assert tick.did() == "probed"


def test_nobody_knows_of_ticks_before_the_first(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.before = None
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"], tick.told) == ("waiting", "nothing", [])
    assert tick.did() == "probed"


def test_ticks_that_are_far_apart_show_that_of_before(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.is_blind, tick.before = True, NOW - 5 * HOUR
    put(stack, "AWS/Lambda", {"FunctionName": FUNCTION}, NOW - 5 * HOUR, Invocations=1)
    assert tick.run()[ENDPOINT]["did"] == "probed"
