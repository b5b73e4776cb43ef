"""What everything in a function's work goes by: the clients, the settings, the time, and what is made of them, once."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from ebb.announcements.outbox import Outbox
from ebb.aws.clients import Clients
from ebb.aws.endpoints import OwnEndpoints
from ebb.bucket.run_folder import RunFolder
from ebb.environment import DeploymentSettings, FunctionSettings
from ebb.ledger.ledger import Ledger
from ebb.messaging.messages import LOOK_DELAY_SECONDS, ApplyChange, CheckEndpoint
from ebb.messaging.queue import Queue
from ebb.names import EndpointName, ModelName, RunId, endpoint_name, run_folder, run_of_config
from ebb.times import Stopwatch

Settings_co = TypeVar("Settings_co", bound=FunctionSettings, covariant=True)


@dataclass(frozen=True)
class Context(Generic[Settings_co]):
    """`now`: when the work began, in whole seconds; all that is decided in it is decided as of then."""

    clients: Clients
    settings: Settings_co
    now: dt.datetime
    begun: float = field(default_factory=time.monotonic)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.clients, self.settings, self.ledger, self.now)

    @cached_property
    def own(self) -> OwnEndpoints:
        return OwnEndpoints(self.clients.sagemaker, self.settings.stack)

    @cached_property
    def clock(self) -> Stopwatch:
        """What time it is by now."""
        return Stopwatch(self.now, self.begun)

    def queue(self, url: str) -> Queue:
        return Queue(self.clients.sqs, url)

    def endpoint_name(self, model: str) -> EndpointName:
        return endpoint_name(self.settings.prefix, ModelName(model))

    def folder(self, model: str, config: str) -> RunFolder:
        """Of the run that a config belongs to; a run's first config is named like it."""
        prefix = run_folder(ModelName(model), RunId(run_of_config(config)))
        return RunFolder(self.clients.s3, self.settings.bucket, prefix)


def ask_for_change(context: Context[DeploymentSettings], model: str) -> None:
    """deploy_endpoint is to make so what the row wants."""
    change = ApplyChange(ModelName(model))
    context.queue(context.settings.deploy_queue_url).send(change.event(context.settings.stack))


def ask_to_check(context: Context[DeploymentSettings], endpoint: str, *, delay: int = LOOK_DELAY_SECONDS) -> None:
    """confirm_endpoint is to look at an endpoint, after so many seconds."""
    check = CheckEndpoint(endpoint)
    context.queue(context.settings.confirm_queue_url).send(check.event(context.settings.stack), delay)
