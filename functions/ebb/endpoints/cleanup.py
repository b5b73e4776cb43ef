"""After success: configs and models of earlier runs go, but for the run before the live one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import Removing
from ebb.aws.endpoint_logs import EndpointLog
from ebb.aws.endpoints import OwnEndpoints
from ebb.environment import ConfirmEndpointSettings, FunctionSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name, run_order


@dataclass(frozen=True)
class Tidying:
    """What is newer than the live run is on its way, or was held back, and stays. What is purged goes, too."""

    clients: Clients
    settings: FunctionSettings
    row: EndpointRow

    def run(self) -> list[str]:
        """The names of what was removed."""
        return Removing(self.clients, self.settings, self.row.model).remove(self._is_old)

    def _is_old(self, run: str) -> bool:
        if run == self.row.live_run:
            return self.row.purged
        if run == self.row.previous_run:
            return self.row.previous_purged
        order, live = run_order(run), run_order(self.row.live_run)
        return order is not None and live is not None and order < live


Outcome = dict[str, Any]


@dataclass(frozen=True)
class ClearingUp:
    clients: Clients
    settings: ConfirmEndpointSettings
    row: EndpointRow

    def run(self) -> Outcome:
        """WaitError while SageMaker does not let go of it. Twice, or half and then again, it ends the same way."""
        row, ledger = self.row, Ledger(self.clients.dynamodb, self.settings.ledger_table)
        if row.candidate:
            self._remove(row.candidate)
            self._end_log(row.candidate)
            row = ledger.write_endpoint(replace(row, candidate=""))
        if not row.untidy or row.busy or not row.live_run:
            return {}
        gone = Tidying(self.clients, self.settings, row).run()
        self._end_log(endpoint_name(self.settings.prefix, ModelName(row.model)))
        ledger.write_endpoint(replace(row, untidy=False))
        return {"removed": gone}

    def left_over(self, name: str) -> None:
        """An endpoint that no row knows. One that is gone has been cleared up before."""
        if name and self._remove(name):
            self._end_log(name)

    def _remove(self, name: str) -> bool:
        """Whether there was anything."""
        own = OwnEndpoints(self.clients.sagemaker, self.settings.stack)
        state = own.find(name)
        if state and state.status != "Deleting":
            own.delete(name)
        return state is not None

    def _end_log(self, name: str) -> None:
        """A candidate that is live by now has told nothing that anybody would look for."""
        log = EndpointLog(self.clients.logs, name)
        if name == self.row.live_run:
            log.delete()
        else:
            log.keep_for(self.settings.log_retention_days)
