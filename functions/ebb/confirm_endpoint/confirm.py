"""What confirm_endpoint does when it is told to look at an endpoint: judge a change, or clear up after one."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field, replace
from typing import Any

from ebb.announcements.outbox import Voice
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointState, ForeignEndpointError, OwnEndpoints
from ebb.aws.tags import tags_of
from ebb.bucket.config_settings import in_words
from ebb.confirm_endpoint.proof import Proof, Proving
from ebb.confirm_endpoint.settled import SettledEndpoint
from ebb.endpoints import transitions
from ebb.endpoints.cleanup import ClearingUp
from ebb.endpoints.decisions import Finding, finding
from ebb.endpoints.recovery import Healing
from ebb.environment import ConfirmEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages, requests
from ebb.messaging.messages import Look
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, endpoint_name, model_of_endpoint
from ebb.times import Stopwatch, iso

Outcome = dict[str, Any]
_IN_BETWEEN = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


@dataclass(frozen=True)
class Confirming:
    clients: Clients
    settings: ConfirmEndpointSettings
    now: dt.datetime
    begun: float = field(default_factory=time.monotonic)

    @property
    def clock(self) -> Stopwatch:
        return Stopwatch(self.now, self.begun)

    def look_at(self, look: Look) -> Outcome:
        """WaitError while the endpoint is being changed; the same look twice ends the same way."""
        model = model_of_endpoint(self.settings.prefix, look.endpoint)
        if model is None:
            return {"outcome": "not ours", "endpoint": look.endpoint}
        row = self.ledger.endpoint(model)
        try:
            if not row.version:
                row = Healing(self.clients, self.settings, self.now).heal(row)
            row = self.voice.say_rest(row)
            return self._look(row, endpoint_name(self.settings.prefix, model), look)
        except ForeignEndpointError as foreign:
            if self._is_awaited(row, look.endpoint) and row.wanted:
                return self._fail(row, row.wanted, look.endpoint, str(foreign), None)
            return {"outcome": "not ours", "endpoint": look.endpoint}

    def give_up(self, look: Look, wait: WaitError) -> Outcome:
        """After the longest wait: said, so that nobody goes on waiting for it."""
        reason = f"it has waited for {self.settings.max_wait_hours} hours: {wait}"
        model = model_of_endpoint(self.settings.prefix, look.endpoint)
        row = self.ledger.endpoint(model) if model else None
        if row and row.wanted and self._is_awaited(row, look.endpoint):
            self._fail(row, row.wanted, look.endpoint, reason, self.own.find(look.endpoint), "waited")
        return {"outcome": "given up", "endpoint": look.endpoint, "reason": reason}

    def _look(self, row: EndpointRow, endpoint: str, look: Look) -> Outcome:
        wanted = row.wanted if row.busy else None
        if wanted and self._is_awaited(row, look.endpoint):
            return self._judge(row, wanted, look.endpoint)
        if look.endpoint != endpoint:
            return self._candidate(row, wanted, look.endpoint)
        if wanted:
            return {"outcome": "waits for its candidate", "endpoint": endpoint, "run": wanted.run}
        return SettledEndpoint(self.clients, self.settings, self.clock, row).look(endpoint, tidy=look.tidy)

    def _is_awaited(self, row: EndpointRow, name: str) -> bool:
        """Whether this is the endpoint that the change under way is about."""
        if not row.busy or row.wanted is None:
            return False
        if row.wanted.reason is Reason.CANDIDATE:
            return name == row.wanted.run
        return name == endpoint_name(self.settings.prefix, ModelName(row.model))

    def _judge(self, row: EndpointRow, wanted: Wanted, name: str) -> Outcome:
        state = self.own.find(name)
        found = finding(state, wanted, self.now)
        if found is Finding.WAIT:
            assert state
            raise WaitError(f"{name} is {state.status}")
        if found is Finding.NOT_ASKED:
            self._ask_for_change(row)
            raise WaitError(f"{name} has not been changed yet")
        assert state
        if found is Finding.READY:
            return self._prove(row, wanted, name, state)
        if found is Finding.STUCK:
            return self._fail(row, wanted, name, f"it has been {state.status} since {wanted.at}", state, "stuck")
        reason = state.reason or "SageMaker gave no reason"
        if found is Finding.TAKEN_BACK and state.config == row.live_config and wanted.reason is not Reason.ROLLBACK:
            return self._taken_back(row, wanted, name, reason)
        told = f"its status is {state.status}" if found is Finding.FAILED else f"it serves {state.config}"
        return self._fail(row, wanted, name, f"{told}: {reason}", state)

    def _taken_back(self, row: EndpointRow, wanted: Wanted, name: str, reason: str) -> Outcome:
        """By SageMaker. AWS does not say whether provisioned concurrency can be taken away in place."""
        outcome = "rolled back"
        if wanted.reason is Reason.DOWNGRADE:
            outcome = f"downgrade refused; it will be put to sleep instead: {reason}"
        return self._end(transitions.rolled_back(row, self.at, name, reason, "sagemaker"), outcome, name)

    def _prove(self, row: EndpointRow, wanted: Wanted, name: str, state: EndpointState) -> Outcome:
        proof = self._proof(row, wanted, name, state)
        if not proof.passed:
            return self._fail(row, wanted, name, proof.reason, state, proof.code, proof)
        if wanted.reason is Reason.CANDIDATE:
            return self._promote(row, wanted)
        assert proof.watch
        row = proof.watch.begun(row)
        if wanted.reason is Reason.ROLLBACK:
            return self._end(transitions.rolled_back(row, self.at, name, "", "ebb"), "rolled back", name)
        self._tag(state, "endpoint-config", wanted.config, "live")
        if proof.awaits:
            asked = requests.request(self.settings.stack, requests.APPLY, row.model)
            Letterbox(self.clients.sqs, self.settings.deploy_queue_url).send(asked)
        row = self.voice.write(self._live(row, wanted, name, proof))
        outcome = "downgraded" if wanted.reason is Reason.DOWNGRADE else "live"
        return {"outcome": outcome, "run": wanted.run, "endpoint": name} | self._clear_up(row)

    def _live(self, row: EndpointRow, wanted: Wanted, name: str, proof: Proof) -> EndpointRow:
        if wanted.reason is Reason.RETURN:
            return transitions.returned(row, self.at, name)
        if wanted.reason not in (Reason.APPLY, Reason.DOWNGRADE):
            return transitions.live(row, self.at, name, proof.tested)
        before = self._proving(row).endpoint_settings(row.live_config)
        if wanted.reason is Reason.DOWNGRADE:
            had = {"provisioned_concurrency": before.provisioned_concurrency, "memory_mb": before.memory_mb}
            return transitions.downgraded(row, self.at, name, **had)
        now = self._proving(row).endpoint_settings(wanted.config)
        return transitions.live(row, self.at, name, proof.tested, settings=in_words(before, now))

    def _proving(self, row: EndpointRow) -> Proving:
        return Proving(self.clients, self.settings, self.clock, row)

    def _proof(self, row: EndpointRow, wanted: Wanted, name: str, state: EndpointState) -> Proof:
        """A container that goes on failing is a model that does not answer."""
        try:
            return self._proving(row).prove(wanted, name)
        except WaitError as wait:
            if wait.longest is None or self._since(state.changed) <= wait.longest:
                raise
            return Proof(passed=False, code="smoke_test", reason=str(wait))

    def _promote(self, row: EndpointRow, wanted: Wanted) -> Outcome:
        """What was last changed is noted beforehand: a change that is taken back would look like none at all."""
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        state = self.own.find(name)
        if state and state.status in _IN_BETWEEN:
            raise WaitError(f"{name} is {state.status}")
        seen = state.changed if state else ""
        promoted = replace(wanted, reason=Reason.PROMOTION, at=self.at, seen=seen)
        row = self.ledger.write_endpoint(row.wants(promoted))
        self._ask_for_change(row)
        return {"outcome": "promoted", "run": wanted.run, "endpoint": name}

    def _fail(
        self,
        row: EndpointRow,
        wanted: Wanted,
        name: str,
        reason: str,
        state: EndpointState | None,
        code: Any = "endpoint_failed",
        proof: Proof | None = None,
    ) -> Outcome:
        if state and wanted.reason in (Reason.CANDIDATE, Reason.FIRST):  # its model is kept for whoever wants to look
            self._tag(state, "model", wanted.run, "held-back")
        if wanted.reason is Reason.CANDIDATE:
            figures = proof.figures if proof else {}
            ended = transitions.held_back(row, wanted.run, code, reason, self.at, **figures)
        elif wanted.reason is Reason.WAKE:
            ended = transitions.not_woken(row, self.at, name, reason)
        elif wanted.reason is Reason.ROLLBACK or code == "stuck" or state is None:
            ended = transitions.broken(row, self.at, name, reason)
        elif wanted.reason is Reason.FIRST:
            ended = transitions.removed(row, code, reason, self.at, name)
        elif state.status == "Failed":  # it slept, and could not be created anew
            ClearingUp(self.clients, self.settings, row).left_over(row.candidate)
            ended = replace(transitions.asleep_again(row, self.at, name, reason), candidate=name)
        else:
            row = self.ledger.write_endpoint(transitions.roll_back(row, reason, self.at, state.changed))
            self._ask_for_change(row)
            return {"outcome": "to be rolled back", "run": wanted.run, "endpoint": name, "reason": reason}
        return self._end(ended, ended.state if wanted.reason is not Reason.CANDIDATE else "held back", name)

    def _end(self, ended: EndpointRow, outcome: str, name: str) -> Outcome:
        run = ended.unsaid["announcement"]["run"] if ended.unsaid else None
        row = self.voice.write(ended)
        return {"outcome": outcome, "run": run, "endpoint": name} | self._clear_up(row)

    def _tag(self, endpoint: EndpointState, kind: str, name: str, tag: str) -> None:
        """With the time as its value."""
        arn = f"{endpoint.arn.rpartition(':')[0]}:{kind}/{name}"
        self.clients.sagemaker.add_tags(ResourceArn=arn, Tags=tags_of({tag: self.at}))

    def _candidate(self, row: EndpointRow, wanted: Wanted | None, name: str) -> Outcome:
        """Not one that is to be judged: it waits for its promotion, or is left over."""
        if wanted and name == row.candidate:
            self._ask_for_change(row)
            return {"outcome": "waits for the endpoint", "endpoint": name, "run": wanted.run}
        if name == row.candidate:
            return {"outcome": "removed", "endpoint": name} | self._clear_up(row)
        ClearingUp(self.clients, self.settings, row).left_over(name)
        return {"outcome": "removed", "endpoint": name}

    def _since(self, at: str) -> dt.timedelta:
        return self.now - dt.datetime.fromisoformat(at)

    def _clear_up(self, row: EndpointRow) -> Outcome:
        return ClearingUp(self.clients, self.settings, row).run()

    def _ask_for_change(self, row: EndpointRow) -> None:
        change = messages.change(self.settings.stack, row.model)
        Letterbox(self.clients.sqs, self.settings.deploy_queue_url).send(change)

    @property
    def at(self) -> str:
        return iso(self.now)

    @property
    def own(self) -> OwnEndpoints:
        return OwnEndpoints(self.clients.sagemaker, self.settings.stack)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    @property
    def voice(self) -> Voice:
        return Voice(self.clients, self.settings, self.now)
