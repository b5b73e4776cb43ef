"""A run whose training has ended, on its way to the model's endpoint: whether it is wanted, and behind what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events, training_events
from ebb.announcements.latest import Latest
from ebb.announcements.outbox import PendingAnnouncement, StageChange
from ebb.aws.client_errors import YOUTH, is_denied, is_refused, message_of
from ebb.aws.endpoints import ForeignEndpointError
from ebb.bucket.run_folder import DATASET, SETTINGS, RunFolder
from ebb.context import Context, ask_to_check
from ebb.deploy_endpoint import change
from ebb.deploy_endpoint.configs import create_first_config, create_model
from ebb.deploy_endpoint.create_or_update import NoRoomError, create_or_update
from ebb.deploy_endpoint.failed_training import failure_of
from ebb.endpoints import transitions
from ebb.endpoints.recovery import recover_if_lost
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.evaluation.gate import GateVerdict, absolute
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import is_unstarted
from ebb.messaging.consumer import Outcome
from ebb.names import ModelName, RunId, is_newer
from ebb.settings.model_settings import ModelSettings
from ebb.times import iso

DECIDED = ("live", "held-back", "rolled-back", "superseded")
_Context = Context[DeployEndpointSettings]


def take_up(context: _Context, model: ModelName, run: str, *, again: bool = False) -> Outcome:
    """`again`: it was decided before, and a person asks for it once more. WaitError as long as its job goes on."""
    try:
        job: dict[str, Any] = dict(context.clients.sagemaker.describe_training_job(TrainingJobName=run))
    except ClientError as error:
        # A run that a person names need not be there; of a job that has ended its tags were just read.
        if not (again and is_denied(error)) and "not found" not in message_of(error):
            raise
        return {"outcome": "no such job", "run": run}
    status = job["TrainingJobStatus"]
    if status == "Completed":
        _wait_for_metrics(context, run, job)
        return _deploy(context, model, run, job, again=again)
    if status in ("Failed", "Stopped"):
        return _report_failure(context, model, run, job)
    raise WaitError(f"{run} is said to have ended, but is still {status}")


def _wait_for_metrics(context: _Context, run: str, job: dict[str, Any]) -> None:
    """They may be shown later than the end that the event tells of."""
    if not job.get("FinalMetricDataList") and context.now - job["TrainingEndTime"] < YOUTH:
        raise WaitError(f"the metrics of {run}, which has just ended", longest=YOUTH)


def give_up(context: _Context, model: ModelName, run: str, reason: str) -> bool:
    """Declares a run held back that has waited for too long. False, and nothing said, when it was decided meanwhile."""
    row = context.outbox.flush(context.ledger.endpoint(model))
    if row.change and row.change.run == run:
        change.cannot(context, row, row.change, "waited", reason)
        return True
    if row.live_run == run or context.ledger.run(model, run).get("stage") in DECIDED:
        return False
    said = deployment_events.held_back(model, run, "waited", reason, live_run=row.live_run or None)
    context.outbox.publish(said, "held-back")
    facts = {"reason": reason, "code": "waited"}
    context.ledger.record_run(model, run, "held-back", context.now, unless=DECIDED, **facts)
    return True


def _deploy(context: _Context, model: ModelName, run: str, job: Mapping[str, Any], *, again: bool) -> Outcome:
    row = context.outbox.flush(recover_if_lost(context, context.ledger.endpoint(model)))
    if row.change and row.change.run == run and not row.change.is_new:
        return change.go_on(context, row)
    return TrainedRun(context, row, RunId(run), job, again).deploy()


def _report_failure(context: _Context, model: ModelName, run: str, job: dict[str, Any]) -> Outcome:
    row = context.ledger.run(model, run)
    if row.get("stage") == "failed" and not is_unstarted(row):
        return {"outcome": "already reported", "run": run}
    failure = failure_of(context.clients.logs, job, run, context.now)
    said = training_events.training_failed(model, run, failure.reason, retry=failure.retry)
    failed = StageChange(run, "failed", {"reason": failure.reason})
    context.outbox.tell(PendingAnnouncement(said, [failed], context.now))
    return {"outcome": "training failed", "run": run, "reason": failure.reason}


@dataclass(frozen=True)
class TrainedRun:
    """`job`: as it is described, complete. `again`: it was decided before, and a person asks for it once more."""

    context: _Context
    row: EndpointRow
    run: RunId
    job: Mapping[str, Any]
    again: bool = False

    def deploy(self) -> Outcome:
        row, run, wanted, ledger = self.row, self.run, self.row.change, self.context.ledger
        if wanted and wanted.run == run:
            return self._go_on(row)
        stage = ledger.run(row.model, run).get("stage")
        if row.live_run == run and stage != "live":  # its row was lost
            ledger.record_run(row.model, run, "live", self.context.now)
        if stage not in DECIDED and self._was_left():  # its row was lost, too
            ledger.record_run(row.model, run, "rolled-back", self.context.now)
            stage = "rolled-back"
        if row.live_run == run or (stage in DECIDED and not self.again):
            return {"outcome": "already decided", "run": run, "stage": stage or "live"}
        if is_newer(row.live_run, run):
            ledger.record_run(row.model, run, "superseded", self.context.now, reason=f"{row.live_run} is newer")
            return {"outcome": "superseded", "run": run, "by": row.live_run}
        if wanted:
            raise WaitError(f"{wanted.run} is on its way to the endpoint")
        if row.candidate:
            self._remove_candidate(row)
            raise WaitError(f"{row.candidate} is still to be removed")
        return self._begin()

    def _was_left(self) -> bool:
        """A person went back from it to the older run that is live now."""
        return self.run == self.row.previous_run and is_newer(self.run, self.row.live_run)

    def _begin(self) -> Outcome:
        gate = self._kept.gate
        verdict = absolute(gate, self._metrics()) if gate else None
        if verdict and not verdict.passed:
            return self._hold_back_at_gate(verdict)
        reason = Reason.CANDIDATE if self.row.live_run else Reason.FIRST
        compare = bool(self.row.live_run and gate and gate.no_worse_than_live is not None)
        # To be compared with, what slept is woken; it stays so.
        before = State.LIVE if compare and self.row.state is State.ASLEEP else self.row.state
        wanted = Wanted(self.run, reason, self.context.now, before, compare=compare)
        row = replace(self.row.wants(wanted), candidate=self.run if reason is Reason.CANDIDATE else "")
        return self._go_on(self.context.ledger.write_endpoint(row))

    def _go_on(self, row: EndpointRow) -> Outcome:
        """Whatever an earlier attempt has done already."""
        try:
            encoding = self._folder.require(DATASET)["encoding"]
            self._create_model()
            create_first_config(self.context, self.run, row.model, self._kept.endpoint, encoding)
            return self._create_or_update(row) | {"metrics": self._metrics()}
        except NoRoomError as full:
            if not full.permanent:
                raise WaitError(str(full)) from full
            return self._hold_back("quota", str(full))
        except ForeignEndpointError as foreign:
            return self._hold_back("endpoint_failed", str(foreign))
        except ClientError as error:
            if not is_refused(error):
                raise
            return self._hold_back("endpoint_failed", message_of(error))

    def _create_or_update(self, row: EndpointRow) -> Outcome:
        """A candidate, or, when there is no endpoint left for one, the model's own endpoint at once."""
        wanted = row.change
        assert wanted
        self._note(wanted.reason)
        try:
            return create_or_update(self.context, row, wanted)
        except NoRoomError as full:
            if wanted.reason is not Reason.CANDIDATE or wanted.compare:
                raise
            direct = replace(row, wanted=replace(wanted, reason=Reason.DIRECT), candidate="")
            return self._create_or_update(self.context.ledger.write_endpoint(direct)) | {"no_candidate": str(full)}

    def _create_model(self, **tags: str) -> None:
        environment = self._kept.endpoint.environment
        create_model(self.context, self.run, self.row.model, self.job, environment, **tags)

    def _hold_back_at_gate(self, verdict: GateVerdict) -> Outcome:
        """Its model is kept for whoever wants to look at it; nothing is put behind an endpoint."""
        self._create_model(**{"held-back": iso(self.context.now)})
        said = deployment_events.held_back(
            self.row.model,
            self.run,
            "gate",
            verdict.reason,
            metric=verdict.metric,
            figure=verdict.figure,
            limit=verdict.limit,
            live_run=self.row.live_run or None,
        )
        held_back = StageChange(self.run, "held-back", {"reason": verdict.reason, "code": "gate"})
        self.context.outbox.tell(PendingAnnouncement(said, [held_back], self.context.now))
        return {"outcome": "held back", "run": self.run, "reason": verdict.reason}

    def _hold_back(self, code: deployment_events.Held, reason: str) -> Outcome:
        """With the row as it is by now: what was wanted may have become another thing on the way."""
        row = self.context.ledger.endpoint(self.row.model)
        if row.change is None or row.change.run != self.run:
            raise WaitError(f"{self.run} is no longer wanted")
        row = self.context.outbox.write(transitions.held_back(row, self.run, code, reason, self.context.now))
        self._remove_candidate(row)
        return {"outcome": "held back", "run": self.run, "reason": reason}

    def _remove_candidate(self, row: EndpointRow) -> None:
        if row.candidate:
            ask_to_check(self.context, row.candidate, delay=0)

    def _note(self, reason: Reason) -> None:
        """Not over what has been decided of it meanwhile."""
        context, model, endpoint = self.context, self.row.model, self.context.endpoint_name(self.row.model)
        stage, where = ("candidate", self.run) if reason is Reason.CANDIDATE else ("deploying", endpoint)
        facts = {"metrics": json.dumps(self._metrics())}
        later = ("live", "superseded") if self.again else DECIDED
        if context.ledger.record_run(model, self.run, stage, context.now, unless=later, **facts):
            sentence = f"{self.run} is trained, and on its way behind {where}."
            latest = Latest(model, self.run, stage, sentence, endpoint)
            latest.write(context.clients.s3, context.settings.bucket, context.now)

    def _metrics(self) -> dict[str, float]:
        return {metric["MetricName"]: metric["Value"] for metric in self.job.get("FinalMetricDataList", [])}

    @cached_property
    def _folder(self) -> RunFolder:
        return self.context.folder(self.row.model, self.run)

    @cached_property
    def _kept(self) -> ModelSettings:
        """What the run's own model.toml asked for."""
        return ModelSettings.from_json(self._folder.require(SETTINGS))
