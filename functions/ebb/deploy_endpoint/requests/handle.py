"""Requests: of people, of their schedules, of predict. One door, and one thing at a time for each model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.announcements.outbox import Voice
from ebb.aws.clients import Clients
from ebb.aws.endpoints import ForeignEndpointError
from ebb.deploy_endpoint.change import Changing
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.deploy_endpoint.requests.apply import Applying
from ebb.deploy_endpoint.requests.delete import Deleting
from ebb.deploy_endpoint.requests.keep import Keeping
from ebb.deploy_endpoint.requests.rollback import Returning
from ebb.deploy_endpoint.requests.sleep import SleepRequest
from ebb.deploy_endpoint.requests.wake import Waking
from ebb.endpoints.recovery import Healing
from ebb.environment import DeployEndpointSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason
from ebb.ledger.ledger import Ledger
from ebb.messaging.requests import RequestMade


@dataclass(frozen=True)
class Granting:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime

    def work_on(self, asked: RequestMade) -> Outcome:
        """Twice, late, or half and then again, it ends the same way. WaitError while something is in the way."""
        try:
            return self._work_on(self._row(asked), asked)
        except ForeignEndpointError as foreign:
            return {"outcome": "refused request", "reason": f"{asked.kind} of {asked.model}: {foreign}"}

    def give_up(self, asked: RequestMade, reason: str) -> Outcome:
        """A wake that has waited for too long is told; whatever else was asked for simply did not happen."""
        row = self._ledger.endpoint(asked.model)
        wakes = row.busy and row.wanted and row.wanted.reason is Reason.WAKE
        if asked.kind == "Wake" and wakes and row.wanted:
            Changing(self.clients, self.settings, self.now).cannot(row, row.wanted, "waited", reason)
        return {"outcome": "given up", "model": asked.model, "request": asked.kind, "reason": reason}

    def _row(self, asked: RequestMade) -> EndpointRow:
        row = self._ledger.endpoint(asked.model)
        if not row.version:
            row = Healing(self.clients, self.settings, self.now).heal(row)
        return Voice(self.clients, self.settings, self.now).say_rest(row)

    def _work_on(self, row: EndpointRow, asked: RequestMade) -> Outcome:
        known = (self.clients, self.settings, self.now, row)
        match asked.kind:
            case "Wake":
                return Waking(*known, asked).wake()
            case "Keep":
                return Keeping(*known).keep(asked.until)
            case "Apply":
                return Applying(*known).apply()
            case "Rollback":
                return Returning(*known, asked).go_back()
            case "Delete":
                return Deleting(*known, asked).delete()
        return SleepRequest(*known).put_to_sleep()

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)
