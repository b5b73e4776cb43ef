"""A person puts an endpoint to sleep: at once, called or not, as long as everything is there that wakes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_in_progress, is_passing, wait_for
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointFacts, OwnEndpoints, facts_of
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.endpoints.put_to_sleep import Cause, NotRestorableError, Sleeping
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import ModelName, endpoint_name
from ebb.times import iso

_CAUSE = Cause("request", "a person asked for it")
_CAN_GO = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed", "Deleting")


@dataclass(frozen=True)
class SleepRequest:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    def put_to_sleep(self) -> Outcome:
        """Twice, or half and then again, it ends the same way. WaitError while it is being changed."""
        row = self.row
        if row.busy and row.wanted:
            raise WaitError(f"{row.wanted.run} is on its way to the endpoint")
        if not row.live_config:
            return {"outcome": "no such model", "model": row.model}
        if row.state is State.ASLEEP and not row.falls_asleep:
            return {"outcome": "asleep already", "model": row.model}
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        facts = facts_of(self.clients.sagemaker, self.settings.stack, name)
        if facts and facts.status not in _CAN_GO:
            raise WaitError(f"{name} is {facts.status}")
        try:
            self._put(row, facts)
        except NotRestorableError as missing:
            return {"outcome": "refused request", "reason": f"Sleep of {row.model}: it could not be woken: {missing}"}
        except ClientError as error:
            if is_in_progress(error) or is_passing(error):
                raise wait_for(error) from error
            raise
        return {"outcome": "asleep", "endpoint": name, "config": row.live_config}

    def _put(self, row: EndpointRow, facts: EndpointFacts | None) -> None:
        sleeping = Sleeping(self.clients, self.settings, self.now)
        if row.falls_asleep:
            sleeping.carry_out(row, facts)
        elif facts is None and self._is_there():
            raise WaitError(f"the endpoint of {row.model} is there, but may not be looked at")
        elif facts is None:  # somebody has deleted it, and nobody has noticed
            sleeping.ledger.write_endpoint(row.settled(State.ASLEEP, iso(self.now)))
        else:
            sleeping.put(row, facts, _CAUSE)

    def _is_there(self) -> bool:
        """To list is allowed whoever's it is; to look at it, by its tags."""
        name = endpoint_name(self.settings.prefix, ModelName(self.row.model))
        return name in dict(OwnEndpoints(self.clients.sagemaker, self.settings.stack).listed(name))
