"""Makes so what the ledger's row wants of an endpoint; then asks confirm_endpoint to look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from ebb import messages
from ebb.clients import Clients
from ebb.deployment import EndpointState, Step, next_step
from ebb.endpoint_row import EndpointRow, Reason, Wanted
from ebb.environment import DeployEndpointSettings
from ebb.errors import EbbError, WaitError, is_already_there, is_in_progress, is_passing, is_permanent_quota, wait_for
from ebb.ledger import Ledger
from ebb.messages import Letterbox
from ebb.names import ModelName, endpoint_name
from ebb.own_endpoints import OwnEndpoints, tags_of
from ebb.quotas import quota_of

Outcome = dict[str, Any]


class NoRoomError(EbbError):
    """A quota of the account is in the way. `permanent`: more than the account may ever have at once."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


@dataclass(frozen=True)
class EndpointChange:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    @property
    def wanted(self) -> Wanted:
        assert self.row.wanted
        return self.row.wanted

    @property
    def own(self) -> OwnEndpoints:
        return OwnEndpoints(self.clients.sagemaker, self.settings.stack)

    @property
    def endpoint(self) -> str:
        return endpoint_name(self.settings.prefix, ModelName(self.row.model))

    def make(self) -> Outcome:
        """Running it twice, or half and then again, ends the same way. WaitError while something is in the way."""
        if self.wanted.reason is Reason.CANDIDATE:
            return self._candidate()
        # Create first where nothing should be: what is not there cannot be described by its tags.
        new = self.wanted.reason is Reason.FIRST and self._create(self.endpoint, self.wanted.config)
        how = "created" if new else self._change(self.own.find(self.endpoint))
        return self._look(self.endpoint, how)

    def _candidate(self) -> Outcome:
        """The run behind an endpoint of its own; the one it is compared with must be awake."""
        if self.wanted.compare:
            self._create(self.endpoint, self.row.live_config)
        new = self._create(self.wanted.run, self.wanted.config, role="candidate", run=self.wanted.run)
        return self._look(self.wanted.run, "candidate created" if new else "candidate is there")

    def _change(self, state: EndpointState | None) -> str:
        step = next_step(state, self.wanted)
        if step is Step.CREATE:
            if self._create(self.endpoint, self.wanted.config):
                return "created"
            raise WaitError(f"{self.endpoint} has just been created")
        if step is Step.LOOK:
            return "asked for already"
        assert state
        if step is Step.NOTE:
            seen = replace(self.row, wanted=replace(self.wanted, seen=state.changed))
            Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(seen)
            step = Step.UPDATE
        if step is Step.UPDATE:
            self._update()
            return "updated"
        if step is Step.DELETE:
            self.own.delete(self.endpoint)
        raise WaitError(f"{self.endpoint} is {state.status}")

    def _create(self, name: str, config: str, **tags: str) -> bool:
        """False when there is one by this name already, in whatever state."""
        told = tags_of({"stack": self.settings.stack, "model": self.row.model} | tags)
        create = self.clients.sagemaker.create_endpoint
        return _allowed(lambda: create(EndpointName=name, EndpointConfigName=config, Tags=told))

    def _update(self) -> None:
        update = self.clients.sagemaker.update_endpoint
        _allowed(lambda: update(EndpointName=self.endpoint, EndpointConfigName=self.wanted.config))

    def _look(self, name: str, how: str) -> Outcome:
        look = messages.look(self.settings.stack, name)
        Letterbox(self.clients.sqs, self.settings.confirm_queue_url).send(look, messages.LOOK_DELAY_SECONDS)
        return {"outcome": how, "run": self.wanted.run, "endpoint": name, "reason": str(self.wanted.reason)}


def _allowed(change: Callable[[], object]) -> bool:
    """Whether it was done; False when it is there already. WaitError for what passes, NoRoomError for a quota."""
    try:
        change()
    except ClientError as error:
        if is_already_there(error):
            return False
        if quota := quota_of(error):
            raise NoRoomError(quota.sentence, permanent=is_permanent_quota(error)) from error
        if is_in_progress(error) or is_passing(error):
            raise wait_for(error) from error
        raise
    return True
