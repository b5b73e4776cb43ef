"""What deploy_endpoint is asked for: a job that ended, a change that the ledger's row wants, a run once more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events, training_events
from ebb.announcements.outbox import Note, Saying, Voice
from ebb.aws.client_errors import is_denied, is_gone, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import STACK_TAG
from ebb.deploy_endpoint.change import Changing
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.deploy_endpoint.failed_training import failure_of
from ebb.deploy_endpoint.requests.handle import Granting
from ebb.deploy_endpoint.trained_run import NewRun
from ebb.endpoints.recovery import Healing
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.ledger.ledger import Ledger, is_unstarted
from ebb.messaging.messages import ChangeWanted, TrainingEnded
from ebb.messaging.requests import Order, RequestMade, RequestRefused, RetryAsked
from ebb.names import ModelName, RunId, model_of_run
from ebb.times import iso


@dataclass(frozen=True)
class Deploying:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime

    def work_on(self, order: Order) -> Outcome:
        """WaitError when it is not possible now; running it twice, or half and then again, ends the same way."""
        match order:
            case TrainingEnded():
                return self._training_ended(order)
            case ChangeWanted():
                return self._change(order.model)
            case RetryAsked():
                return self._once_more(order.run)
            case RequestMade():
                return self._requests.work_on(order)
            case RequestRefused():
                return {"outcome": "refused request", "reason": order.reason}

    def give_up(self, order: Order, wait: WaitError) -> Outcome:
        """After the longest wait: said, so that nobody goes on waiting for it."""
        reason = f"it has waited for {self.settings.max_wait_hours} hours: {wait}"
        if isinstance(order, RequestMade):
            return self._requests.give_up(order, reason)
        model = order.model if isinstance(order, ChangeWanted) else self._model(_run_of(order))
        row = self.ledger.endpoint(model) if model else None
        run = row.wanted.run if row and row.wanted and isinstance(order, ChangeWanted) else _run_of(order)
        if row and row.busy and row.wanted and row.wanted.run == run:
            self._changing.cannot(row, row.wanted, "waited", reason)
        elif model and run:
            said = deployment_events.held_back(model, run, "waited", reason, live_run=row.live_run if row else None)
            self.voice.say(Saying(said, [Note(run, "held-back", {"reason": reason, "code": "waited"})], iso(self.now)))
        return {"outcome": "given up", "run": run, "reason": reason}

    def _change(self, model: ModelName) -> Outcome:
        row = self.voice.say_rest(self.ledger.endpoint(model))
        if not row.busy or row.wanted is None:
            return {"outcome": "nothing wanted", "model": model}
        if row.wanted.is_new:
            return self._work_on_job(model, RunId(row.wanted.run), again=False)
        return self._changing.go_on(row)

    def _training_ended(self, ended: TrainingEnded) -> Outcome:
        model = self._model(ended.job)
        if model is None or not self._is_ours(ended.arn):
            return {"outcome": "not ours", "job": ended.job}
        return self._work_on_job(model, RunId(ended.job), again=False)

    def _once_more(self, run: str) -> Outcome:
        """A person asks to try a run again that was held back or taken back, or whose endpoint could not be woken."""
        model = self._model(run)
        if model is None:
            return {"outcome": "not ours", "job": run}
        row = self.ledger.endpoint(model)
        if row.state is State.BROKEN and row.wanted and row.wanted.reason is Reason.WAKE and row.live_run == run:
            return self._requests.work_on(RequestMade("Wake", model))
        return self._work_on_job(model, RunId(run), again=True)

    def _work_on_job(self, model: ModelName, run: RunId, *, again: bool) -> Outcome:
        try:
            job: dict[str, Any] = dict(self.clients.sagemaker.describe_training_job(TrainingJobName=run))
        except ClientError as error:
            # A run that a person names need not be there; of a job that has ended its tags were just read.
            if not (again and is_denied(error)) and "not found" not in message_of(error):
                raise
            return {"outcome": "no such job", "run": run}
        status = job["TrainingJobStatus"]
        if status == "Completed":
            return self._deploy(model, run, job, again=again)
        if status in ("Failed", "Stopped"):
            return self._report_failure(model, run, job)
        raise WaitError(f"{run} is said to have ended, but is still {status}")

    def _deploy(self, model: ModelName, run: RunId, job: dict[str, Any], *, again: bool) -> Outcome:
        row = self.ledger.endpoint(model)
        if not row.version:
            row = Healing(self.clients, self.settings, self.now).heal(row)
        row = self.voice.say_rest(row)
        if row.busy and row.wanted and row.wanted.run == run and not row.wanted.is_new:
            return self._change(model)
        return NewRun(self.clients, self.settings, self.now, row, run, job, again).deploy()

    def _report_failure(self, model: ModelName, run: RunId, job: dict[str, Any]) -> Outcome:
        row = self.ledger.run(model, run)
        if row.get("stage") == "failed" and not is_unstarted(row):
            return {"outcome": "already reported", "run": run}
        failure = failure_of(self.clients.logs, job, run, self.now)
        said = training_events.training_failed(model, run, failure.reason, retry=failure.retry)
        self.voice.say(Saying(said, [Note(run, "failed", {"reason": failure.reason})], iso(self.now)))
        return {"outcome": "training failed", "run": run, "reason": failure.reason}

    def _model(self, run: str) -> ModelName | None:
        return model_of_run(self.settings.prefix, run)

    def _is_ours(self, arn: str) -> bool:
        """DescribeTrainingJob shows no tags."""
        try:
            tags = OwnEndpoints(self.clients.sagemaker, self.settings.stack).tags(arn)
        except ClientError as error:
            if not is_gone(error):
                raise
            return False
        return tags.get(STACK_TAG) == self.settings.stack

    @property
    def _changing(self) -> Changing:
        return Changing(self.clients, self.settings, self.now)

    @property
    def _requests(self) -> Granting:
        return Granting(self.clients, self.settings, self.now)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    @property
    def voice(self) -> Voice:
        return Voice(self.clients, self.settings, self.now)


def _run_of(order: Order) -> str:
    if isinstance(order, TrainingEnded):
        return order.job
    return order.run if isinstance(order, RetryAsked) else ""
