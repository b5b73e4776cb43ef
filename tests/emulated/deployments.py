"""Trained runs of one model, and the two functions that take them further, message by message."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ebb.confirm_endpoint import confirm
from ebb.context import Context
from ebb.deploy_endpoint import dispatch
from ebb.environment import ConfirmEndpointSettings, DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Control, EndpointRow, State
from ebb.messaging.consumer import Outcome
from ebb.messaging.messages import CheckEndpoint, TrainingEnded
from ebb.messaging.requests import Order, order_of
from ebb.settings.hyperparameters import AUTO
from ebb.settings.model_settings import ModelSettings, read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from ebb.times import iso
from tests.emulated.stack import BUCKET, ENDPOINT, NOW, TABLE, Stack

ERROR = 2.1
LABELS = range(20)
IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
_LABEL: dict[str, Any] = {
    "position": 0,
    "name": None,
    "role": "label",
    "kind": "number",
    "categories": None,
    "features": [],
}
_FEATURES = [
    {"position": place, "name": None, "role": "feature", "kind": "number", "categories": None, "features": [place - 1]}
    for place in (1, 2)
]
DATASET: dict[str, Any] = {
    "encoding": "0a1b2c3d",
    "label": {"position": 0, "name": None, "kind": "number", "classes": None, "minimum": 0.0, "maximum": 19.0},
    "columns": [_LABEL, *_FEATURES],
    "features": ["1", "2"],
}
QUANTITY = "reg:squarederror"
ROUNDS = 30


def run_named(number: int) -> str:
    """The higher the number, the newer the run."""
    return f"ebb-abalone-2611220000{number:02d}-k3v7q"


def _with_task(dataset: Mapping[str, Any], settings: ModelSettings) -> dict[str, Any]:
    """As start_training has found it, or as it was named."""
    named = QUANTITY if settings.objective == AUTO else settings.objective
    found = {"objective": named, "num_class": settings.num_class, "rows": {"validation": len(LABELS)}}
    return found | dict(dataset)


def off_by(error: float) -> Callable[[Sequence[str]], Sequence[str]]:
    """A model whose rmse is this: the first feature of our rows tells the label."""
    return lambda rows: [str(int(float(row.partition(",")[0])) + error) for row in rows]


@dataclass(frozen=True)
class Deploying:
    """deploy_endpoint at a moment."""

    context: Context[DeployEndpointSettings]

    def work_on(self, order: Order) -> Outcome:
        return dispatch.work_on(self.context, order)

    def give_up(self, order: Order, reason: str) -> Outcome:
        return dispatch.give_up(self.context, order, reason)


@dataclass(frozen=True)
class Confirming:
    """confirm_endpoint at a moment."""

    context: Context[ConfirmEndpointSettings]

    def check(self, asked: CheckEndpoint) -> Outcome:
        return confirm.check(self.context, asked)

    def give_up(self, asked: CheckEndpoint, reason: str) -> Outcome:
        return confirm.give_up(self.context, asked, reason)


@dataclass
class Deployments:
    stack: Stack
    deploy_settings: DeployEndpointSettings
    confirm_settings: ConfirmEndpointSettings
    limits: SettingsLimits
    now: dt.datetime = NOW
    outcomes: list[Outcome] = field(default_factory=list)

    def trained(
        self,
        number: int,
        toml: str = "",
        *,
        error: float = ERROR,
        dataset: Mapping[str, Any] = DATASET,
        reported: Mapping[str, float] | None = None,
        row: str = "{label}.5,0.25",
    ) -> TrainingEnded:
        """A run whose job is complete, and whose model is this far off; `reported`: what the job says itself.

        `row`: how its encoding shows the features of our rows.
        """
        run, sagemaker = run_named(number), self.stack.sagemaker
        arn = sagemaker.create_training_job(
            TrainingJobName=run,
            AlgorithmSpecification={"TrainingImage": IMAGE},
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/runs/abalone"},
            Tags=[{"Key": "ebb:stack", "Value": "ebb"}],
        )["TrainingJobArn"]
        sagemaker.end_job(run, metrics=reported if reported is not None else {"validation:rmse": error})
        rows = "".join(f"{label},{row.format(label=label)}\n" for label in LABELS)
        settings = read_settings(toml, self.limits)
        kept = {"settings.json": json.dumps(settings.as_json()), "smoke.csv": rows}
        for name, text in (kept | {"dataset.json": json.dumps(_with_task(dataset, settings))}).items():
            self.stack.upload(f"runs/abalone/{run}/{name}", text.encode())
        self.answers(run, off_by(error))
        return TrainingEnded(run, arn)

    def answers(self, config: str, model: Callable[[Sequence[str]], Sequence[str]]) -> None:
        self.stack.runtime.models[config] = model

    @property
    def deploying(self) -> Deploying:
        return Deploying(Context(self.stack.clients, self.deploy_settings, self.now))

    @property
    def confirming(self) -> Confirming:
        return Confirming(Context(self.stack.clients, self.confirm_settings, self.now))

    def confirm(self, endpoint: str = ENDPOINT, *, cleanup: bool = False) -> Outcome:
        return self.confirming.check(CheckEndpoint(endpoint, cleanup))

    def loses_its_row(self) -> None:
        """What the ledger knew of the endpoint is gone; what it knew of the runs is not."""
        key: Any = {"model": {"S": "abalone"}, "record": {"S": "endpoint"}}
        self.stack.clients.dynamodb.delete_item(TableName=TABLE, Key=key)

    def falls_asleep(self) -> None:
        self.stack.ledger.write_endpoint(replace(self.row, state=State.ASLEEP))
        del self.stack.sagemaker.endpoints[ENDPOINT]

    @property
    def row(self) -> EndpointRow:
        return self.stack.ledger.endpoint("abalone")

    def stage(self, number: int) -> str | None:
        return self.stack.ledger.run("abalone", run_named(number)).get("stage")

    def served(self, name: str = ENDPOINT) -> str:
        return str(self.stack.sagemaker.endpoints[name]["EndpointConfigName"])

    def said(self) -> list[str]:
        """The names of the announcements since the last look."""
        return [one["name"] for one in self.stack.announcements()]

    def goes_live(self, number: int, toml: str = "", **trained: Any) -> str:
        """The whole way; nothing of it is left to be said or done."""
        self.deploying.work_on(self.trained(number, toml, **trained))
        self.calm()
        run = run_named(number)
        assert (self.row.live_run, self.row.busy, self.served()) == (run, False, run), self.outcomes
        self.stack.announcements()
        self.stack.sagemaker.calls.clear()
        self.stack.runtime.calls.clear()
        return run

    def was_live(self, number: int, toml: str = "", **trained: Any) -> str:
        """What is there after it went live: the same as `goes_live`, without the way there."""
        run, sagemaker, row = self.trained(number, toml, **trained).job, self.stack.sagemaker, self.row
        encoding = trained.get("dataset", DATASET)["encoding"]
        tags = [{"Key": "ebb:stack", "Value": "ebb"}, {"Key": "ebb:model", "Value": "abalone"}]
        live = [*tags, {"Key": "ebb:run", "Value": run}, {"Key": "ebb:live", "Value": iso(self.now)}]
        sagemaker.create_model(ModelName=run, Tags=live[:3])
        variant = {"VariantName": f"v-{encoding}", "ModelName": run}
        sagemaker.create_endpoint_config(EndpointConfigName=run, ProductionVariants=[variant], Tags=live)
        if row.live_run:
            sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=run)
        else:
            sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=run, Tags=tags)
        sagemaker.settle(ENDPOINT)
        known = replace(row, state=State.LIVE, live_run=run, live_config=run, previous_run=row.live_run)
        known = replace(known, variant=f"v-{encoding}", control=Control(self.now, self.now, 2))
        self.stack.ledger.write_endpoint(known)
        self.stack.ledger.record_run("abalone", run, "live", self.now)
        self.now += dt.timedelta(minutes=1)
        sagemaker.now = self.now
        sagemaker.calls.clear()
        return run

    def calm(self) -> list[Outcome]:
        """Messages are delivered, and SageMaker goes on, until nothing more happens; what waits is sent again."""
        begun = len(self.outcomes)
        for _ in range(ROUNDS):
            self.now += dt.timedelta(minutes=1)
            self.stack.sagemaker.now = self.now
            self.stack.sagemaker.settle_all()
            if not self.deliver():
                return self.outcomes[begun:]
        raise AssertionError(f"no end to it: {self.outcomes[begun:]}")

    def deliver(self) -> bool:
        """What lies in the queues now, once. Whether there was anything."""
        deploy = [(self.stack.deploy_queue, event) for event in self.stack.messages(self.stack.deploy_queue)]
        confirm = [(self.stack.confirm_queue, event) for event in self.stack.messages(self.stack.confirm_queue)]
        for queue, event in deploy + confirm:
            try:
                if queue == self.stack.deploy_queue:
                    self.outcomes.append(self.deploying.work_on(order_of(event)))
                else:
                    self.outcomes.append(self.confirming.check(CheckEndpoint.of(event)))
            except WaitError as wait:
                self.outcomes.append({"outcome": "waits", "reason": str(wait)})
                self.stack.clients.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
        return bool(deploy or confirm)
