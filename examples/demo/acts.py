"""The acts of the demo, in their order; each shows what it does while it does it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from examples.demo.deadline import deadline
from examples.demo.learning import show_learning_curve
from examples.demo.predictions import show_predictions
from examples.demo.screen import Screen
from examples.demo.tap import Tap
from examples.demo.tide import EBBING, ENDPOINT, KEY, MODEL, RISING, milestone_of
from examples.demo.timeline import Timeline
from local import stack
from local.server import Server
from local.stack import ROOT, Administrator

CSV = "examples/abalone.csv"
MINUTE = 60.0
COOLING = "2 minutes"


def open_the_cloud(screen: Screen, server: Server) -> None:
    screen.heading("The cloud")
    awaited = {"local cloud": "", "sam build": "", "sam deploy": ""}
    with Timeline(screen, awaited, laps=True) as timeline:
        with deadline(MINUTE, "the local cloud is ready"):
            server.start()
        timeline.happened("local cloud", server.settings.endpoint_url)
        with deadline(5 * MINUTE, "sam build ends"):
            stack.build()
        timeline.happened("sam build", "the zip that would run in Lambda")
        with deadline(3 * MINUTE, "sam deploy ends"):
            stack.deploy(server.admin)
        timeline.happened("sam deploy", _size(server.admin))


def _size(admin: Administrator) -> str:
    resources = admin.client("cloudformation").describe_stack_resources(StackName=stack.NAME)["StackResources"]
    return f"stack {stack.NAME}: {len(resources)} resources, from template.yaml"


@dataclass(frozen=True)
class Acts:
    """With the stack deployed. `run` is known once the training job has a name."""

    screen: Screen
    server: Server
    tap: Tap
    bucket: str

    def tide_comes_in(self) -> str:
        """The run that the upload became."""
        self.screen.heading("The tide comes in")
        self.screen.command(f"aws s3 cp {CSV} \\", f"    s3://{self.bucket}/{KEY}")
        self.screen.blank()
        s3 = self.server.admin.client("s3")
        with Timeline(self.screen, RISING) as timeline, deadline(MINUTE, f"{KEY} becomes {ENDPOINT}, live"):
            s3.upload_file(str(ROOT / CSV), self.bucket, KEY)
            return self._follow(timeline, s3)

    def _follow(self, timeline: Timeline, s3: Any) -> str:
        run = ""
        while not timeline.complete:
            for event in self.tap.events():
                run = event["detail"].get("TrainingJobName", run)
                key = event["detail"].get("object", {}).get("key", "")
                if key.endswith("/dataset.json"):
                    timeline.happened("checked", self._counts(s3, key))
                elif milestone := milestone_of(event):
                    timeline.happened(*milestone)
        return run

    def _counts(self, s3: Any, key: str) -> str:
        dataset = json.load(s3.get_object(Bucket=self.bucket, Key=key)["Body"])
        if dataset["verdict"] == "refused":
            return "refused"
        rows = dataset["rows"]
        return f"{rows['all']:,} rows: {rows['train']:,} to train on, {rows['validation']:,} held out"

    def model_is_looked_at(self, run: str) -> None:
        with deadline(MINUTE, f"the log of {run} can be read"):
            self.screen.heading("What it learned")
            show_learning_curve(self.screen, self.server.admin, run)
        with deadline(MINUTE, f"{ENDPOINT} answers"):
            self.screen.heading("What it predicts: the rings of abalones that it has not seen")
            self.screen.command(
                'boto3.client("sagemaker-runtime").invoke_endpoint(',
                f'    EndpointName="{ENDPOINT}", ContentType="text/csv", Body=rows)',
            )
            self.screen.blank()
            self.screen.say(f"The clock is moved by {COOLING} first: no process is left, so the first call is cold.")
            self.server.advance("2m")
            self.screen.blank()
            show_predictions(self.screen, self.server.admin, self.bucket, run)

    def tide_goes_out(self, run: str) -> None:
        self.screen.heading("The tide goes out")
        self.screen.say(
            "Nobody calls the endpoint any more. An idle day takes it away, and there is no "
            "need to wait a day: the clock of the local cloud is moved by 25 hours."
        )
        self.screen.blank()
        with Timeline(self.screen, EBBING) as timeline, deadline(MINUTE, f"tear_down_idle removes {ENDPOINT}"):
            self.server.advance("25h")
            timeline.happened("clock moved", "by 25 hours")
            said = self._wait_for_sleep(timeline)
            answer = self._wait_until_gone()
            timeline.happened("gone", "DescribeEndpoint does not find it any more")
        self.screen.blank()
        self._prove(run, said, answer)

    def _wait_for_sleep(self, timeline: Timeline) -> str:
        """The sentence that says why."""
        while True:
            for event in self.tap.events():
                if milestone := milestone_of(event):
                    timeline.happened(*milestone)
                if event["detail-type"] == "EndpointAsleep":
                    return str(event["detail"]["sentence"])

    def _wait_until_gone(self) -> str:
        """SageMaker's own words."""
        sagemaker = self.server.admin.client("sagemaker")
        while True:
            try:
                sagemaker.describe_endpoint(EndpointName=ENDPOINT)
            except ClientError as error:
                return str(error.response["Error"]["Message"])
            time.sleep(0.2)

    def _prove(self, run: str, said: str, answer: str) -> None:
        admin = self.server.admin
        sagemaker = admin.client("sagemaker")
        config = sagemaker.describe_endpoint_config(EndpointConfigName=run)["EndpointConfigName"]
        model = sagemaker.describe_model(ModelName=run)["ModelName"]
        key = f"runs/{MODEL}/latest.json"
        latest = json.load(admin.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"])
        self.screen.quote("EndpointAsleep was announced:", said)
        self.screen.quote("DescribeEndpoint answers:", answer)
        self.screen.pairs(
            [
                ("endpoint config", f"still there: {config}"),
                ("model", f"still there: {model}"),
                (key, f"stage: {latest['stage']}"),
            ]
        )
