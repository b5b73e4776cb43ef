"""After success: configs and models of earlier runs go, but for the run before the live one."""

from __future__ import annotations

from dataclasses import dataclass

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow
from ebb.environment import FunctionSettings
from ebb.names import run_order
from ebb.removing import Removing


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
