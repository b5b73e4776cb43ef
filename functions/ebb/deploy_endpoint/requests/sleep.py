"""A person puts an endpoint to sleep: at once, called or not, as long as everything is there that wakes it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_in_progress, is_passing, wait_for
from ebb.aws.endpoints import DescribedEndpoint
from ebb.context import Context
from ebb.endpoints.put_to_sleep import Cause, NotRestorableError, carry_out_sleep, put_to_sleep
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import REFUSED, Request

_CAUSE = Cause("request", "a person asked for it")
_CAN_GO = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed", "Deleting")
_Context = Context[DeployEndpointSettings]


def sleep(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """Twice, or half and then again, it ends the same way. WaitError while it is being changed."""
    if row.change:
        raise WaitError(f"{row.change.run} is on its way to the endpoint")
    if not row.live_config:
        return {"outcome": "no such model", "model": row.model}
    if row.state is State.ASLEEP and not row.falls_asleep:
        return {"outcome": "asleep already", "model": row.model}
    name = context.endpoint_name(row.model)
    endpoint = context.own.look(name)
    if endpoint and endpoint.status not in _CAN_GO:
        raise WaitError(f"{name} is {endpoint.status}")
    try:
        _sleep(context, row, endpoint)
    except NotRestorableError as missing:
        return {"outcome": REFUSED, "reason": f"it could not be woken: {missing}"}
    except ClientError as error:
        if is_in_progress(error) or is_passing(error):
            raise wait_for(error) from error
        raise
    return {"outcome": "asleep", "endpoint": name, "config": row.live_config}


def _sleep(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint | None) -> None:
    if row.falls_asleep:
        carry_out_sleep(context, row, endpoint)
    elif endpoint:
        put_to_sleep(context, row, endpoint, _CAUSE)
    elif _is_there(context, context.endpoint_name(row.model)):
        raise WaitError(f"the endpoint of {row.model} is there, but may not be looked at")
    else:  # somebody has deleted it, and nobody has noticed
        context.ledger.write_endpoint(row.settled(State.ASLEEP, context.now))


def _is_there(context: _Context, name: str) -> bool:
    """To list is allowed whoever's it is; to look at it, by its tags."""
    return name in dict(context.own.listed(name))
