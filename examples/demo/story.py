"""The whole demo, from the first line to the last, and the cleaning up whatever happens."""

from __future__ import annotations

import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from examples.demo import signals
from examples.demo.deadline import Overdue, deadline
from examples.demo.ebbing import tide_goes_out
from examples.demo.held_call import UnansweredError
from examples.demo.opening import open_the_cloud
from examples.demo.returning import tide_comes_back
from examples.demo.rising import model_is_looked_at, tide_comes_in
from examples.demo.room import forget_aws_accounts, scratch_folder
from examples.demo.screen import Screen
from examples.demo.stage import Stage
from examples.demo.tap import Tap
from examples.demo.tide import BadNewsError
from examples.demo.trouble import show_logs
from local import stack
from local.server import NotReadyError, Server, free_port
from local.settings import Settings

_TROUBLE = (
    Overdue,
    BadNewsError,
    UnansweredError,
    stack.DeploymentFailedError,
    NotReadyError,
    ClientError,
    BotoCoreError,
)


def tell() -> int:
    began = time.monotonic()
    screen = Screen()
    screen.heading("Ebb: drop a CSV in S3, get an endpoint that ebbs away when nobody calls it")
    screen.say("All of it runs on this machine: a real sam deploy, IAM enforced, real xgboost.")
    screen.say("No AWS account is touched. Only SageMaker's waits are shorter: minutes in AWS.")
    forget_aws_accounts()
    with scratch_folder() as folder:
        done = _play(screen, folder)
    if done:
        _say_goodbye(screen, time.monotonic() - began)
    return 0 if done else 1


def _play(screen: Screen, folder: Path) -> bool:
    """Whether it went to its end."""
    log = folder / "local-cloud.log"
    server = Server(Settings(port=free_port()), log)
    try:
        _acts(screen, server)
    except _TROUBLE as trouble:
        screen.heading("This did not work.")
        screen.say(_words(trouble), "red")
        show_logs(screen, server, log)
        return False
    else:
        return True
    finally:
        # Not left to `with`: Ctrl-C may come while it starts.
        signals.ignore_from_now_on()
        server.stop()


def _words(trouble: BaseException) -> str:
    return "The local cloud did not start." if isinstance(trouble, NotReadyError) else str(trouble)


def _acts(screen: Screen, server: Server) -> None:
    open_the_cloud(screen, server)
    with deadline(30, "the event bus can be tapped"):
        stage = Stage(screen, server, Tap(server.admin), stack.outputs(server.admin)["DataBucketName"])
    run = tide_comes_in(stage)
    rows = model_is_looked_at(stage, run)
    tide_goes_out(stage, run)
    tide_comes_back(stage, rows)


def _say_goodbye(screen: Screen, seconds: float) -> None:
    screen.heading(f"Everything is stopped, after {seconds:.0f} s. Now yours:")
    screen.pairs(
        [
            ("make up", "the same cloud in the background; it names its bucket"),
            ("source .local/env", "points aws, sam and boto3 of this shell at it"),
            ("aws s3 cp …", "your.csv s3://<bucket>/datasets/<model>/"),
            ("README.md", "the rest, and how to deploy it into an account"),
        ]
    )
    screen.blank()
