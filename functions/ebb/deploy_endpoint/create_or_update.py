"""Makes so what the ledger's row wants of an endpoint; then asks confirm_endpoint to look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from ebb.aws.arns import ResourceArns
from ebb.aws.client_errors import is_already_there, is_gone, is_in_progress, is_passing, wait_for
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointState, OwnEndpoints
from ebb.aws.quotas import quota_of
from ebb.aws.tags import KEEP_TAG, tags_of
from ebb.endpoints.decisions import Step, next_step
from ebb.environment import DeployEndpointSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, endpoint_name

Outcome = dict[str, Any]
_CREATED = (Reason.FIRST, Reason.CANDIDATE, Reason.WAKE)


class NoRoomError(EbbError):
    """A quota of the account is in the way. `permanent`: more than the account may ever have at once."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class ConfigGoneError(EbbError):
    """The config that the endpoint is to be created from was removed."""


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
        """Running it twice, or half and then again, ends the same way. WaitError while something is in the way.

        ConfigGoneError when there is nothing to wake from.
        """
        is_candidate = self.wanted.reason is Reason.CANDIDATE
        if is_candidate and self.wanted.compare:  # what it is compared with must be awake
            self._create(self.endpoint, self.row.live_config)
        name = self.wanted.run if is_candidate else self.endpoint
        # Create first where nothing should be: what is not there cannot be described by its tags.
        if self.wanted.reason in _CREATED and self._create(name, self.wanted.config):
            return self._look(name, "candidate created" if is_candidate else "created")
        return self._look(name, self._change(name, self.own.find(name)))

    def _change(self, name: str, state: EndpointState | None) -> str:
        step = next_step(state, self.wanted)
        if step is Step.CREATE:
            if self._create(name, self.wanted.config):
                return "created"
            raise WaitError(f"{name} has just been created")
        if step is Step.LOOK:
            return "asked for already"
        assert state
        if step is Step.NOTE:
            seen = replace(self.row, wanted=replace(self.wanted, seen=state.changed))
            Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(seen)
            step = Step.UPDATE
        if step is Step.UPDATE:
            self._update(name)
            return "updated"
        if step is Step.DELETE:
            self.own.delete(name)
        raise WaitError(f"{name} is {state.status}")

    def _create(self, name: str, config: str) -> bool:
        """False when there is one by this name already, in whatever state."""
        role = {} if name == self.endpoint else {"role": "candidate", "run": self.wanted.run}
        told = tags_of({"stack": self.settings.stack, "model": self.row.model} | role | self._kept(name))
        create = self.clients.sagemaker.create_endpoint
        return unless_there(lambda: create(EndpointName=name, EndpointConfigName=config, Tags=told))

    def _kept(self, name: str) -> dict[str, str]:
        """A person's ebb:keep: with the endpoint gone, the config that was live has it."""
        config = self.row.live_config
        if name != self.endpoint or not config:
            return {}
        arn = ResourceArns(self.clients, self.settings.serving_role_arn).of("endpoint-config", config)
        try:
            tags = self.own.tags(arn)
        except ClientError as error:
            if not is_gone(error):
                raise
            if config == self.wanted.config:
                raise ConfigGoneError(f"{config} is gone") from error
            return {}
        return {"keep": tags[KEEP_TAG]} if KEEP_TAG in tags else {}

    def _update(self, name: str) -> None:
        update = self.clients.sagemaker.update_endpoint
        unless_there(lambda: update(EndpointName=name, EndpointConfigName=self.wanted.config))

    def _look(self, name: str, how: str) -> Outcome:
        look = messages.look(self.settings.stack, name)
        Letterbox(self.clients.sqs, self.settings.confirm_queue_url).send(look, messages.LOOK_DELAY_SECONDS)
        return {"outcome": how, "run": self.wanted.run, "endpoint": name, "reason": str(self.wanted.reason)}


def unless_there(change: Callable[[], object]) -> bool:
    """Whether it was done; False when it is there already: names are the run's, so an earlier attempt made it.

    WaitError for what passes, NoRoomError for a quota.
    """
    try:
        change()
    except ClientError as error:
        if is_already_there(error):
            return False
        if quota := quota_of(error):
            raise NoRoomError(quota.sentence, permanent=quota.permanent) from error
        if is_in_progress(error) or is_passing(error):
            raise wait_for(error) from error
        raise
    return True
