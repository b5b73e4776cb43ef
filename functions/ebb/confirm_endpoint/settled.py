"""A look at a model's endpoint that no change is under way for: whether the row is true, and what is left to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointState, OwnEndpoints
from ebb.confirm_endpoint.proof import Proving
from ebb.endpoints.cleanup import ClearingUp
from ebb.endpoints.recovery import Healing
from ebb.environment import ConfirmEndpointSettings
from ebb.errors import WaitError
from ebb.evaluation.inference import ModelAnswerError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.times import Stopwatch, iso

Outcome = dict[str, Any]
FALLING_ASLEEP = dt.timedelta(minutes=10)  # after which what was to be put to sleep, and is there, is awake


@dataclass(frozen=True)
class SettledEndpoint:
    clients: Clients
    settings: ConfirmEndpointSettings
    clock: Stopwatch
    row: EndpointRow

    def look(self, name: str, *, tidy: bool) -> Outcome:
        """WaitError when it is not what the row has, and is to be judged first."""
        row, state = self.row, None
        if self._falls_asleep:
            return {"outcome": "is being put to sleep", "endpoint": name}
        if row.candidate != name and row.state is not State.BROKEN:
            state = OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(name)
            row = self._as_it_is(state)
            if row.busy:
                raise WaitError(f"{name} is not what the ledger had of it")
        outcome: Outcome = {"outcome": "nothing to confirm", "endpoint": name}
        if row.untidy or row.candidate or tidy:
            gone = ClearingUp(self.clients, self.settings, replace(row, untidy=True)).run()
            outcome = {"outcome": "cleared up", "endpoint": name} | gone
        if row.state is State.LIVE and row.control is None and state and state.status == "InService":
            outcome |= self._ask_few(self._ledger.endpoint(row.model), name)
        return outcome

    @property
    def _falls_asleep(self) -> bool:
        wanted = self.row.wanted if self.row.falls_asleep else None
        return wanted is not None and self.clock.start - dt.datetime.fromisoformat(wanted.at) < FALLING_ASLEEP

    def _as_it_is(self, state: EndpointState | None) -> EndpointRow:
        """SageMaker is the truth: a row that says otherwise is made anew."""
        row, there = self.row, state is not None and state.status != "Deleting"
        if there is (row.state is State.LIVE) and (state is None or state.target == row.live_config or not there):
            return row
        return Healing(self.clients, self.settings, self.clock.start).heal(row)

    def _ask_few(self, row: EndpointRow, name: str) -> Outcome:
        """Of a row that was lost, or is older than the control: without one the tear-down judges nothing."""
        if row.control or row.busy or row.state is not State.LIVE:
            return {}
        try:
            watch = Proving(self.clients, self.settings, self.clock, row).ask_few(name)
        except ModelAnswerError as wrong:
            return {"not_asked": str(wrong)}
        self._ledger.write_endpoint(replace(watch.known(row), due=iso(self.clock.start)))
        return {"asked": watch.control.calls}

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)
