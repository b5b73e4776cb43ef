"""What the ledger knows of a model, and what latest.json says of it where the ledger knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, State
from ebb.environment import FunctionSettings
from ebb.ledger import Ledger
from ebb.names import MODEL_RULE, ModelName, is_model_name
from ebb.predict.errors import ErrorCode, RequestError, unknown_model
from ebb.run_folder import RunFolder

LATEST = "latest.json"


@dataclass(frozen=True)
class KnownModels:
    clients: Clients
    settings: FunctionSettings

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    def row(self, name: str) -> EndpointRow:
        """RequestError when there is no such model, not even one whose first run is still to go live."""
        if not is_model_name(name):
            raise unknown_model(name, f"By the rule, {MODEL_RULE}.")
        row = self.ledger.endpoint(name)
        if not row.live_run and not self.latest(row.model):
            raise unknown_model(name)
        return row

    def live_row(self, name: str) -> EndpointRow:
        """The row of a model that has a live run, awake or asleep."""
        row = self.row(name)
        if row.live_run and row.state not in (State.NONE, State.BROKEN):
            return row
        said = self.latest(row.model).get("sentence", f"The endpoint of {name} is broken.")
        raise RequestError(ErrorCode.NOTHING_LIVE, f"No run of {name} is live. {said}")

    def latest(self, model: str) -> dict[str, Any]:
        """Empty as long as no upload was ever looked at."""
        found = RunFolder(self.clients.s3, self.settings.bucket, f"runs/{ModelName(model)}/").find(LATEST)
        return found.content if found else {}
