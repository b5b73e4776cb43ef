"""The tide comes in: an upload becomes an endpoint that answers."""

from __future__ import annotations

import json

from examples.demo.deadline import deadline
from examples.demo.learning import show_learning_curve
from examples.demo.predictions import Rows, show_predictions
from examples.demo.stage import MINUTE, Stage
from examples.demo.tide import ENDPOINT, KEY, RISING
from examples.demo.timeline import Timeline
from local.stack import ROOT

CSV = "examples/abalone.csv"
COOLING = "2 minutes"


def tide_comes_in(stage: Stage) -> str:
    """The run that the upload became."""
    stage.screen.heading("The tide comes in")
    stage.screen.command(f"aws s3 cp {CSV} \\", f"    s3://{stage.bucket}/{KEY}")
    stage.screen.blank()
    with Timeline(stage.screen, RISING) as timeline, deadline(MINUTE, f"{KEY} becomes {ENDPOINT}, live"):
        stage.client("s3").upload_file(str(ROOT / CSV), stage.bucket, KEY)
        return _follow(stage, timeline)


def _follow(stage: Stage, timeline: Timeline) -> str:
    run = ""
    while not timeline.complete:
        for event in stage.look(timeline):
            run = event["detail"].get("TrainingJobName", run)
            key = event["detail"].get("object", {}).get("key", "")
            if key.endswith("/dataset.json"):
                timeline.happened("checked", _counts(stage, key))
    return run


def _counts(stage: Stage, key: str) -> str:
    dataset = json.load(stage.client("s3").get_object(Bucket=stage.bucket, Key=key)["Body"])
    if dataset["verdict"] == "refused":
        return "refused"
    rows = dataset["rows"]
    return f"{rows['all']:,} rows: {rows['train']:,} to train on, {rows['validation']:,} held out"


def model_is_looked_at(stage: Stage, run: str) -> Rows:
    """The rows that it was asked about."""
    screen, admin = stage.screen, stage.server.admin
    with deadline(MINUTE, f"the log of {run} can be read"):
        screen.heading("What it learned")
        show_learning_curve(screen, admin, run)
    with deadline(MINUTE, f"{ENDPOINT} answers"):
        screen.heading("What it predicts: the rings of abalones that it has not seen")
        screen.command(
            'boto3.client("sagemaker-runtime").invoke_endpoint(',
            f'    EndpointName="{ENDPOINT}", ContentType="text/csv", Body=rows)',
        )
        screen.blank()
        screen.say(f"The clock is moved by {COOLING} first: no process is left, so the first call is cold.")
        stage.server.advance("2m")
        screen.blank()
        return show_predictions(screen, admin, stage.bucket, run)
