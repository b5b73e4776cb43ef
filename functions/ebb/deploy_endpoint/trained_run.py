"""A run that is trained, on its way to the model's endpoint: whether it is wanted, and behind what."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events
from ebb.announcements.latest import Latest
from ebb.announcements.outbox import Note, Saying, Voice
from ebb.aws.client_errors import is_refused, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import ForeignEndpointError
from ebb.aws.tags import tags_of, tags_of_run
from ebb.bucket.run_folder import DATASET, SETTINGS, RunFolder
from ebb.deploy_endpoint.configs import config_request, model_request
from ebb.deploy_endpoint.create_or_update import EndpointChange, NoRoomError, Outcome, unless_there
from ebb.endpoints import transitions
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.evaluation.gate import GateVerdict, absolute
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, RunId, endpoint_name, is_newer, run_folder
from ebb.settings.model_settings import ModelSettings
from ebb.times import iso

DECIDED = ("live", "held-back", "rolled-back", "superseded")


@dataclass(frozen=True)
class NewRun:
    """`again`: it was decided before, and a person asks for it once more."""

    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow
    run: RunId
    job: dict[str, Any]
    again: bool = False

    @cached_property
    def folder(self) -> RunFolder:
        return RunFolder(self.clients.s3, self.settings.bucket, run_folder(self.model, self.run))

    @cached_property
    def kept(self) -> ModelSettings:
        """What the run's own model.toml asked for."""
        return ModelSettings.from_json(self.folder.require(SETTINGS))

    @property
    def model(self) -> ModelName:
        return ModelName(self.row.model)

    @property
    def at(self) -> str:
        return iso(self.now)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    @property
    def voice(self) -> Voice:
        return Voice(self.clients, self.settings, self.now)

    def deploy(self) -> Outcome:
        wanted = self.row.wanted
        if self.row.busy and wanted and wanted.run == self.run:
            return self._go_on(self.row)
        stage = self.ledger.run(self.model, self.run).get("stage")
        if self.row.live_run == self.run and stage != "live":  # its row was lost
            self.ledger.record_run(self.model, self.run, "live", self.now)
        if stage not in DECIDED and self._was_left():  # its row was lost, too
            self.ledger.record_run(self.model, self.run, "rolled-back", self.now)
            stage = "rolled-back"
        if self.row.live_run == self.run or (stage in DECIDED and not self.again):
            return {"outcome": "already decided", "run": self.run, "stage": stage or "live"}
        if is_newer(self.row.live_run, self.run):
            self.ledger.record_run(self.model, self.run, "superseded", self.now, reason=f"{self.row.live_run} is newer")
            return {"outcome": "superseded", "run": self.run, "by": self.row.live_run}
        if self.row.busy and wanted:
            raise WaitError(f"{wanted.run} is on its way to the endpoint")
        if self.row.candidate:
            self._remove_candidate(self.row)
            raise WaitError(f"{self.row.candidate} is still to be removed")
        return self._begin()

    def _was_left(self) -> bool:
        """A person went back from it to the older run that is live now."""
        return self.run == self.row.previous_run and is_newer(self.run, self.row.live_run)

    def _begin(self) -> Outcome:
        gate = self.kept.gate
        verdict = absolute(gate, self._metrics()) if gate else None
        if verdict and not verdict.passed:
            return self._hold_back_at_gate(verdict)
        reason = Reason.CANDIDATE if self.row.live_run else Reason.FIRST
        compare = bool(self.row.live_run and gate and gate.no_worse_than_live is not None)
        # To be compared with, what slept is woken; it stays so.
        before = State.LIVE if compare and self.row.state is State.ASLEEP else self.row.state
        wanted = Wanted(self.run, reason, self.at, before, compare=compare)
        row = replace(self.row.wants(wanted), candidate=self.run if reason is Reason.CANDIDATE else "")
        return self._go_on(self.ledger.write_endpoint(row))

    def _go_on(self, row: EndpointRow) -> Outcome:
        """Whatever an earlier attempt has done already."""
        assert row.wanted
        try:
            self._create_model_and_config()
            return self._change(row) | {"metrics": self._metrics()}
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

    def _change(self, row: EndpointRow) -> Outcome:
        """A candidate, or, when there is no endpoint left for one, the model's own endpoint at once."""
        assert row.wanted
        self._note(row.wanted.reason)
        try:
            return EndpointChange(self.clients, self.settings, self.now, row).make()
        except NoRoomError as full:
            if row.wanted.reason is not Reason.CANDIDATE or row.wanted.compare:
                raise
            direct = replace(row, wanted=replace(row.wanted, reason=Reason.DIRECT), candidate="")
            return self._change(self.ledger.write_endpoint(direct)) | {"no_candidate": str(full)}

    def _create_model_and_config(self) -> None:
        encoding = self.folder.require(DATASET)["encoding"]
        our_tags = tags_of_run(self.settings.stack, self.model, self.run)
        self._create_model(our_tags)
        config = config_request(self.run, self.kept.endpoint, encoding, our_tags)
        unless_there(lambda: self.clients.sagemaker.create_endpoint_config(**config))

    def _create_model(self, our_tags: list[dict[str, str]]) -> None:
        role, environment = self.settings.serving_role_arn, self.kept.endpoint.environment
        model = model_request(self.run, self.job, role, our_tags, environment)
        unless_there(lambda: self.clients.sagemaker.create_model(**model))

    def _hold_back_at_gate(self, verdict: GateVerdict) -> Outcome:
        """Its model is kept for whoever wants to look at it; nothing is put behind an endpoint."""
        held = tags_of({"held-back": self.at})
        self._create_model([*tags_of_run(self.settings.stack, self.model, self.run), *held])
        said = deployment_events.held_back(
            self.model,
            self.run,
            "gate",
            verdict.reason,
            metric=verdict.metric,
            figure=verdict.figure,
            limit=verdict.limit,
            live_run=self.row.live_run or None,
        )
        self.voice.say(Saying(said, [Note(self.run, "held-back", {"reason": verdict.reason, "code": "gate"})], self.at))
        return {"outcome": "held back", "run": self.run, "reason": verdict.reason}

    def _hold_back(self, code: deployment_events.Held, reason: str) -> Outcome:
        """With the row as it is by now: what was wanted may have become another thing on the way."""
        row = self.ledger.endpoint(self.model)
        if not row.busy or row.wanted is None or row.wanted.run != self.run:
            raise WaitError(f"{self.run} is no longer wanted")
        row = self.voice.write(transitions.held_back(row, self.run, code, reason, self.at))
        self._remove_candidate(row)
        return {"outcome": "held back", "run": self.run, "reason": reason}

    def _remove_candidate(self, row: EndpointRow) -> None:
        if row.candidate:
            look = messages.look(self.settings.stack, row.candidate)
            Letterbox(self.clients.sqs, self.settings.confirm_queue_url).send(look)

    def _metrics(self) -> dict[str, float]:
        return {metric["MetricName"]: metric["Value"] for metric in self.job.get("FinalMetricDataList", [])}

    def _note(self, reason: Reason) -> None:
        """Not over what has been decided of it meanwhile."""
        endpoint = endpoint_name(self.settings.prefix, self.model)
        stage, where = ("candidate", self.run) if reason is Reason.CANDIDATE else ("deploying", endpoint)
        facts = {"metrics": json.dumps(self._metrics())}
        later = ("live", "superseded") if self.again else DECIDED
        if self.ledger.record_run(self.model, self.run, stage, self.now, unless=later, **facts):
            sentence = f"{self.run} is trained, and on its way behind {where}."
            latest = Latest(self.model, self.run, stage, sentence, endpoint)
            latest.write(self.clients.s3, self.settings.bucket, self.now)
