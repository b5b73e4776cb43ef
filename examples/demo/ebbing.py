"""The tide goes out: an endpoint that nobody calls is proven idle, and put to sleep."""

from __future__ import annotations

import json
import time

from botocore.exceptions import ClientError

from examples.demo.deadline import deadline
from examples.demo.stage import MINUTE, Stage
from examples.demo.tide import EBBING, ENDPOINT, MODEL
from examples.demo.timeline import Timeline

_TICK = "16m"  # the stack looks for idle endpoints every 15 minutes
_QUIET_SECONDS = 1


def tide_goes_out(stage: Stage, run: str) -> None:
    stage.screen.heading("The tide goes out")
    stage.screen.say(
        "Nobody calls the endpoint any more. An idle day takes it away, and there is no "
        "need to wait a day: the clock of the local cloud is moved by 25 hours. Silence "
        "alone proves nothing, so Ebb probes first: one call of its own has to show in "
        "CloudWatch, and no other, after a margin for metrics that come late."
    )
    stage.screen.blank()
    with Timeline(stage.screen, EBBING) as timeline, deadline(2 * MINUTE, f"tear_down_idle removes {ENDPOINT}"):
        stage.server.advance("25h")
        timeline.happened("clock moved", "by 25 hours, and from now on from tick to tick")
        _wait_for("EndpointSleepsSoon", stage, timeline)
        stage.server.advance(_TICK)
        timeline.happened("margin passed", "10 minutes, for metrics that come late")
        said = _wait_for("EndpointAsleep", stage, timeline)
        answer = _wait_until_gone(stage)
        timeline.happened("gone", "DescribeEndpoint does not find it any more")
    stage.screen.blank()
    _prove(stage, run, said, answer)


def _wait_for(announcement: str, stage: Stage, timeline: Timeline) -> str:
    """Its sentence. The clock moves on whenever nothing happens any more."""
    heard = time.monotonic()
    while True:
        for event in stage.look(timeline):
            heard = time.monotonic()
            if event["detail-type"] == announcement:
                return str(event["detail"]["sentence"])
        if not stage.is_quiet:
            heard = time.monotonic()
        elif time.monotonic() - heard > _QUIET_SECONDS:
            stage.server.advance(_TICK)
            heard = time.monotonic()


def _wait_until_gone(stage: Stage) -> str:
    """SageMaker's own words."""
    sagemaker = stage.client("sagemaker")
    while True:
        try:
            sagemaker.describe_endpoint(EndpointName=ENDPOINT)
        except ClientError as error:
            return str(error.response["Error"]["Message"])
        time.sleep(0.2)


def _prove(stage: Stage, run: str, said: str, answer: str) -> None:
    sagemaker = stage.client("sagemaker")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=run)["EndpointConfigName"]
    model = sagemaker.describe_model(ModelName=run)["ModelName"]
    key = f"runs/{MODEL}/latest.json"
    latest = json.load(stage.client("s3").get_object(Bucket=stage.bucket, Key=key)["Body"])
    stage.screen.quote("EndpointAsleep was announced:", said)
    stage.screen.quote("DescribeEndpoint answers:", answer)
    stage.screen.pairs(
        [
            ("endpoint config", f"still there: {config}"),
            ("model", f"still there: {model}"),
            (key, f"stage: {latest['stage']}"),
        ]
    )
