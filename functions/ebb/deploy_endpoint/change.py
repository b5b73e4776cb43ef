"""Makes so what the ledger's row wants of runs that were proven before, and ends what cannot be made so."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events
from ebb.aws.client_errors import is_gone, is_refused, message_of
from ebb.aws.endpoints import ForeignEndpointError
from ebb.context import Context, ask_to_check
from ebb.deploy_endpoint.configs import LostError, downgrade, rebuild
from ebb.deploy_endpoint.create_or_update import ConfigGoneError, NoRoomError, create_or_update
from ebb.endpoints import transitions
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.messaging.consumer import Outcome

_NOT_BROKEN = ("quota", "waited")  # nothing of the endpoint is: it only cannot be had now
_Context = Context[DeployEndpointSettings]


def go_on(context: _Context, row: EndpointRow) -> Outcome:
    """Whatever an earlier attempt has done already. WaitError while something is in the way."""
    wanted = row.change
    assert wanted
    try:
        outcome = _make(context, row, wanted)
    except NoRoomError as full:
        if full.permanent:
            return cannot(context, row, wanted, "quota", str(full))
        _note(context, row, wanted, str(full))
        raise WaitError(str(full)) from full
    except (ForeignEndpointError, LostError) as lasting:
        return cannot(context, row, wanted, "endpoint_failed", str(lasting))
    except ClientError as error:
        if not is_refused(error):
            raise
        return cannot(context, row, wanted, "endpoint_failed", message_of(error))
    _note(context, row, wanted, "")
    return outcome


def cannot(context: _Context, row: EndpointRow, wanted: Wanted, code: deployment_events.Held, reason: str) -> Outcome:
    """What cannot even be taken back is left for a person; anything else leaves the endpoint as it is."""
    ended = context.outbox.write(_ended(context, row, wanted, code, reason))
    if ended.candidate:  # that is confirm_endpoint's
        ask_to_check(context, ended.candidate, delay=0)
    outcome = {State.BROKEN: "broken", State.ASLEEP: "asleep still"}.get(ended.state, "held back")
    if wanted.reason is not Reason.WAKE and ended.state is not State.BROKEN:
        outcome = "held back"
    return {"outcome": outcome, "run": wanted.run, "reason": reason}


def _ended(
    context: _Context, row: EndpointRow, wanted: Wanted, code: deployment_events.Held, reason: str
) -> EndpointRow:
    now, name = context.now, context.endpoint_name(row.model)
    if wanted.reason is Reason.ROLLBACK:
        return transitions.broken(row, now, name, reason)
    if wanted.reason is Reason.WAKE:
        state = State.ASLEEP if code in _NOT_BROKEN else State.BROKEN
        return transitions.not_woken(row, now, name, reason, state)
    if wanted.run == row.live_run:  # only other settings of its endpoint
        return replace(transitions.rolled_back(row, now, name, reason, "ebb"), state=State(wanted.before))
    return transitions.held_back(row, wanted.run, code, reason, now)


def _make(context: _Context, row: EndpointRow, wanted: Wanted) -> Outcome:
    if wanted.reason is Reason.DOWNGRADE:
        downgrade(context, row, wanted)
    if wanted.reason is Reason.RETURN:  # it may have been removed long ago
        rebuild(context, row.model, wanted.config)
    try:
        return create_or_update(context, row, wanted)
    except ConfigGoneError:
        rebuild(context, row.model, wanted.config)
    except ClientError as error:
        if wanted.reason is not Reason.WAKE or not is_gone(error):
            raise
        rebuild(context, row.model, wanted.config)  # the config is there, its model is not
    return create_or_update(context, row, wanted)


def _note(context: _Context, row: EndpointRow, wanted: Wanted, blocked_by: str) -> None:
    """Why a wake waits is for whoever waits for it."""
    if wanted.reason is Reason.WAKE and row.blocked_by != blocked_by:
        context.ledger.write_endpoint(replace(row, blocked_by=blocked_by))
