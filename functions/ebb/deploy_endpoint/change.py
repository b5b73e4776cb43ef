"""Makes so what the ledger's row wants of runs that were proven before, and ends what cannot be made so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events
from ebb.announcements.outbox import Voice
from ebb.aws.client_errors import is_gone, is_refused, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import ForeignEndpointError
from ebb.deploy_endpoint.configs import Downgrading, LostError, Rebuilding
from ebb.deploy_endpoint.create_or_update import ConfigGoneError, EndpointChange, NoRoomError, Outcome
from ebb.endpoints import transitions
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, endpoint_name
from ebb.times import iso

_NOT_BROKEN = ("quota", "waited")  # nothing of the endpoint is: it only cannot be had now


@dataclass(frozen=True)
class Changing:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime

    def go_on(self, row: EndpointRow) -> Outcome:
        """Whatever an earlier attempt has done already. WaitError while something is in the way."""
        wanted = row.wanted
        assert wanted
        try:
            outcome = self._make(row, wanted)
        except NoRoomError as full:
            if full.permanent:
                return self.cannot(row, wanted, "quota", str(full))
            self._note(row, wanted, str(full))
            raise WaitError(str(full)) from full
        except (ForeignEndpointError, LostError) as lasting:
            return self.cannot(row, wanted, "endpoint_failed", str(lasting))
        except ClientError as error:
            if not is_refused(error):
                raise
            return self.cannot(row, wanted, "endpoint_failed", message_of(error))
        self._note(row, wanted, "")
        return outcome

    def cannot(self, row: EndpointRow, wanted: Wanted, code: deployment_events.Held, reason: str) -> Outcome:
        """What cannot even be taken back is left for a person; anything else leaves the endpoint as it is."""
        ended = Voice(self.clients, self.settings, self.now).write(self._ended(row, wanted, code, reason))
        if ended.candidate:  # that is confirm_endpoint's
            look = messages.look(self.settings.stack, ended.candidate)
            Letterbox(self.clients.sqs, self.settings.confirm_queue_url).send(look)
        outcome = {State.BROKEN: "broken", State.ASLEEP: "asleep still"}.get(ended.state, "held back")
        if wanted.reason is not Reason.WAKE and ended.state is not State.BROKEN:
            outcome = "held back"
        return {"outcome": outcome, "run": wanted.run, "reason": reason}

    def _ended(self, row: EndpointRow, wanted: Wanted, code: deployment_events.Held, reason: str) -> EndpointRow:
        at, name = iso(self.now), endpoint_name(self.settings.prefix, ModelName(row.model))
        if wanted.reason is Reason.ROLLBACK:
            return transitions.broken(row, at, name, reason)
        if wanted.reason is Reason.WAKE:
            state = State.ASLEEP if code in _NOT_BROKEN else State.BROKEN
            return transitions.not_woken(row, at, name, reason, state)
        if wanted.run == row.live_run:  # only other settings of its endpoint
            return replace(transitions.rolled_back(row, at, name, reason, "ebb"), state=State(wanted.before))
        return transitions.held_back(row, wanted.run, code, reason, at)

    def _make(self, row: EndpointRow, wanted: Wanted) -> Outcome:
        if wanted.reason is Reason.DOWNGRADE:
            Downgrading(self.clients, self.settings, self.now, row).make_config()
        if wanted.reason is Reason.RETURN:  # it may have been removed long ago
            self._rebuild(row, wanted)
        change = EndpointChange(self.clients, self.settings, self.now, row)
        try:
            return change.make()
        except ConfigGoneError:
            self._rebuild(row, wanted)
        except ClientError as error:
            if wanted.reason is not Reason.WAKE or not is_gone(error):
                raise
            self._rebuild(row, wanted)  # the config is there, its model is not
        return change.make()

    def _rebuild(self, row: EndpointRow, wanted: Wanted) -> None:
        Rebuilding(self.clients, self.settings, ModelName(row.model), wanted.config).rebuild()

    def _note(self, row: EndpointRow, wanted: Wanted, hindrance: str) -> None:
        """Why a wake waits is for whoever waits for it."""
        if wanted.reason is Reason.WAKE and row.hindrance != hindrance:
            ledger = Ledger(self.clients.dynamodb, self.settings.ledger_table)
            ledger.write_endpoint(replace(row, hindrance=hindrance))
