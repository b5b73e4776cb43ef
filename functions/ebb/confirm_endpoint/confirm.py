"""What confirm_endpoint does when it is told to look at an endpoint: judge a change, or clean up after one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ebb.aws.arns import Kind, arn
from ebb.aws.endpoints import DescribedEndpoint, ForeignEndpointError
from ebb.aws.tags import tags_of
from ebb.bucket.config_settings import in_words
from ebb.confirm_endpoint.proof import Proof, endpoint_settings, prove
from ebb.confirm_endpoint.settled import check_settled
from ebb.context import Context, ask_for_change
from ebb.endpoints import transitions
from ebb.endpoints.cleanup import clean_up, remove_left_over
from ebb.endpoints.decisions import Finding, finding
from ebb.endpoints.recovery import recover_if_lost
from ebb.environment import ConfirmEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.messaging.consumer import Outcome
from ebb.messaging.messages import CheckEndpoint
from ebb.messaging.requests import APPLY, request_event
from ebb.names import model_of_endpoint
from ebb.times import iso

_IN_BETWEEN = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_Context = Context[ConfirmEndpointSettings]


def check(context: _Context, asked: CheckEndpoint) -> Outcome:
    """WaitError while the endpoint is being changed; the same twice ends the same way."""
    model = model_of_endpoint(context.settings.prefix, asked.endpoint)
    if model is None:
        return {"outcome": "not ours", "endpoint": asked.endpoint}
    row = context.ledger.endpoint(model)
    try:
        row = context.outbox.flush(recover_if_lost(context, row))
        return _check(context, row, asked)
    except ForeignEndpointError as foreign:
        if under_way := ChangeUnderWay.of(context, row, asked.endpoint):
            return under_way.fail(str(foreign), None)
        return {"outcome": "not ours", "endpoint": asked.endpoint}


def give_up(context: _Context, asked: CheckEndpoint, reason: str) -> Outcome:
    """After the longest wait: said, so that nobody goes on waiting for it."""
    model = model_of_endpoint(context.settings.prefix, asked.endpoint)
    row = context.ledger.endpoint(model) if model else None
    if row and (under_way := ChangeUnderWay.of(context, row, asked.endpoint)):
        under_way.fail(reason, context.own.find(asked.endpoint), "waited")
    return {"outcome": "given up", "endpoint": asked.endpoint, "reason": reason}


def _check(context: _Context, row: EndpointRow, asked: CheckEndpoint) -> Outcome:
    if under_way := ChangeUnderWay.of(context, row, asked.endpoint):
        return under_way.judge()
    endpoint = context.endpoint_name(row.model)
    if asked.endpoint != endpoint:
        return _check_candidate(context, row, asked.endpoint)
    if row.change:
        return {"outcome": "waits for its candidate", "endpoint": endpoint, "run": row.change.run}
    return check_settled(context, row, endpoint, cleanup=asked.cleanup)


def _check_candidate(context: _Context, row: EndpointRow, name: str) -> Outcome:
    """Not one that is to be judged: it waits for its promotion, or is left over."""
    if row.change and name == row.candidate:
        ask_for_change(context, row.model)
        return {"outcome": "waits for the endpoint", "endpoint": name, "run": row.change.run}
    if name == row.candidate:
        return {"outcome": "removed", "endpoint": name} | clean_up(context, row)
    remove_left_over(context, row, name)
    return {"outcome": "removed", "endpoint": name}


@dataclass(frozen=True)
class ChangeUnderWay:
    """`name`: of the endpoint that the change is about: the candidate, or the model's own."""

    context: _Context
    row: EndpointRow
    wanted: Wanted
    name: str

    @classmethod
    def of(cls, context: _Context, row: EndpointRow, name: str) -> ChangeUnderWay | None:
        """None when there is none, or none that this endpoint is awaited for."""
        wanted = row.change
        if wanted is None:
            return None
        awaited = wanted.run if wanted.reason is Reason.CANDIDATE else context.endpoint_name(row.model)
        return cls(context, row, wanted, name) if name == awaited else None

    def judge(self) -> Outcome:
        state = self.context.own.find(self.name)
        found = finding(state, self.wanted, self.context.now)
        if found is Finding.WAIT:
            assert state
            raise WaitError(f"{self.name} is {state.status}")
        if found is Finding.NOT_ASKED:
            ask_for_change(self.context, self.row.model)
            raise WaitError(f"{self.name} has not been changed yet")
        assert state
        if found is Finding.READY:
            return self._prove(state)
        if found is Finding.STUCK:
            return self.fail(f"it has been {state.status} since {iso(self.wanted.at)}", state, "stuck")
        reason = state.reason or "SageMaker gave no reason"
        is_rollback = self.wanted.reason is Reason.ROLLBACK
        if found is Finding.TAKEN_BACK and state.config == self.row.live_config and not is_rollback:
            return self._taken_back(reason)
        told = f"its status is {state.status}" if found is Finding.FAILED else f"it serves {state.config}"
        return self.fail(f"{told}: {reason}", state)

    def fail(
        self,
        reason: str,
        state: DescribedEndpoint | None,
        code: Any = "endpoint_failed",
        proof: Proof | None = None,
    ) -> Outcome:
        """`code`: as ModelHeldBack has it."""
        row, wanted, name, now = self.row, self.wanted, self.name, self.context.now
        if state and wanted.reason in (Reason.CANDIDATE, Reason.FIRST):  # its model is kept for whoever wants to look
            self._tag(state, "model", wanted.run, "held-back")
        if wanted.reason is Reason.CANDIDATE:
            figures = proof.figures if proof else {}
            return self._end(transitions.held_back(row, wanted.run, code, reason, now, **figures), "held back")
        if wanted.reason is Reason.WAKE:
            ended = transitions.not_woken(row, now, name, reason)
        elif wanted.reason is Reason.ROLLBACK or code == "stuck" or state is None:
            ended = transitions.broken(row, now, name, reason)
        elif wanted.reason is Reason.FIRST:
            ended = transitions.removed(row, code, reason, now, name)
        elif state.status == "Failed":  # it slept, and could not be created anew
            remove_left_over(self.context, row, row.candidate)
            ended = replace(transitions.asleep_again(row, now, name, reason), candidate=name)
        else:
            self.context.ledger.write_endpoint(transitions.roll_back(row, reason, now, state.changed))
            ask_for_change(self.context, row.model)
            return {"outcome": "to be rolled back", "run": wanted.run, "endpoint": name, "reason": reason}
        return self._end(ended, ended.state)

    def _taken_back(self, reason: str) -> Outcome:
        """By SageMaker. AWS does not say whether provisioned concurrency can be taken away in place."""
        outcome = "rolled back"
        if self.wanted.reason is Reason.DOWNGRADE:
            outcome = f"downgrade refused; it will be put to sleep instead: {reason}"
        ended = transitions.rolled_back(self.row, self.context.now, self.name, reason, "sagemaker")
        return self._end(ended, outcome)

    def _prove(self, state: DescribedEndpoint) -> Outcome:
        row, wanted, now = self.row, self.wanted, self.context.now
        proof = self._proof(state)
        if not proof.passed:
            return self.fail(proof.reason, state, proof.code, proof)
        if wanted.reason is Reason.CANDIDATE:
            return self._promote()
        assert proof.baseline
        row = proof.baseline.begun(row)
        if wanted.reason is Reason.ROLLBACK:
            return self._end(transitions.rolled_back(row, now, self.name, "", "ebb"), "rolled back")
        self._tag(state, "endpoint-config", wanted.config, "live")
        if proof.awaits:
            asked = request_event(self.context.settings.stack, APPLY, row.model)
            self.context.queue(self.context.settings.deploy_queue_url).send(asked)
        return self._end(self._live(row, proof), "downgraded" if wanted.reason is Reason.DOWNGRADE else "live")

    def _proof(self, state: DescribedEndpoint) -> Proof:
        """A container that goes on failing is a model that does not answer: that patience begins with the endpoint."""
        try:
            return prove(self.context, self.row, self.wanted, self.name)
        except WaitError as wait:
            if wait.longest is None:
                raise
            if self.context.now - state.changed <= wait.longest:
                raise WaitError(str(wait)) from wait
            return Proof(passed=False, code="smoke_test", reason=str(wait))

    def _live(self, row: EndpointRow, proof: Proof) -> EndpointRow:
        wanted, now, name = self.wanted, self.context.now, self.name
        if wanted.reason is Reason.RETURN:
            return transitions.returned(row, now, name)
        if wanted.reason not in (Reason.APPLY, Reason.DOWNGRADE):
            return transitions.live(row, now, name, proof.tested)
        before = endpoint_settings(self.context, row.model, row.live_config)
        if wanted.reason is Reason.DOWNGRADE:
            had = {"provisioned_concurrency": before.provisioned_concurrency, "memory_mb": before.memory_mb}
            return transitions.downgraded(row, now, name, **had)
        others = in_words(before, endpoint_settings(self.context, row.model, wanted.config))
        return transitions.live(row, now, name, proof.tested, settings=others)

    def _promote(self) -> Outcome:
        """What was last changed is noted beforehand: a change that is taken back would look like none at all."""
        name = self.context.endpoint_name(self.row.model)
        state = self.context.own.find(name)
        if state and state.status in _IN_BETWEEN:
            raise WaitError(f"{name} is {state.status}")
        modified = state.changed if state else None
        promoted = replace(self.wanted, reason=Reason.PROMOTION, at=self.context.now, seen_modified=modified)
        self.context.ledger.write_endpoint(self.row.wants(promoted))
        ask_for_change(self.context, self.row.model)
        return {"outcome": "promoted", "run": self.wanted.run, "endpoint": name}

    def _end(self, ended: EndpointRow, outcome: str) -> Outcome:
        run = ended.pending["announcement"]["run"] if ended.pending else None
        row = self.context.outbox.write(ended)
        return {"outcome": outcome, "run": run, "endpoint": self.name} | clean_up(self.context, row)

    def _tag(self, endpoint: DescribedEndpoint, kind: Kind, name: str, tag: str) -> None:
        """With the time as its value."""
        tags = tags_of({tag: iso(self.context.now)})
        self.context.clients.sagemaker.add_tags(ResourceArn=arn(kind, name, like=endpoint.arn), Tags=tags)
