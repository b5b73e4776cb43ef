"""What the ledger knows of a model, and what latest.json says of it where the ledger knows nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ebb.aws.clients import Clients
from ebb.bucket.run_folder import RunFolder
from ebb.environment import FunctionSettings, PredictSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.names import MODEL_RULE, ModelName, endpoint_name, is_model_name
from ebb.predict.errors import ErrorCode, RequestError, unknown_model
from ebb.times import iso

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


View = dict[str, Any]
_SENTENCES = {
    State.NONE: "No run of {} is live.",
    State.DEPLOYING: "A change of {} is under way.",
    State.ASLEEP: "{} is asleep. A call wakes it, which takes some minutes.",
    State.WAKING: "{} is being woken.",
    State.BROKEN: "The endpoint of {} is broken.",
}


@dataclass(frozen=True)
class ModelViews:
    models: KnownModels
    settings: PredictSettings

    def one(self, model: str) -> View:
        """With what latest.json says where nothing is live."""
        row = self.models.row(model)
        view = self._view(row)
        if row.live_run and row.state is not State.BROKEN:
            return view
        return view | {"sentence": self.models.latest(row.model).get("sentence", view["sentence"])}

    def all(self) -> View:
        """Those of which the ledger keeps an endpoint's row to watch; adopted endpoints are no models."""
        rows = sorted(self.models.ledger.endpoints(), key=lambda row: row.model)
        return {"models": [self._view(row) for row in rows if not row.is_adopted]}

    def _view(self, row: EndpointRow) -> View:
        return {
            "model": row.model,
            "endpoint": endpoint_name(self.settings.prefix, ModelName(row.model)),
            "state": row.state.value,
            "run": row.live_run or None,
            "since": row.since or None,
            "next_tear_down": self._next_tear_down(row),
            "sentence": self._sentence(row),
        }

    def _next_tear_down(self, row: EndpointRow) -> str | None:
        """When it goes to sleep if nobody calls it until then; null while it does not, or is kept by its settings."""
        if row.state is not State.LIVE or row.keep or not row.since:
            return None
        minutes = (row.idle_after or self.settings.idle_after_minutes) + self.settings.idle_margin_minutes
        idle_since = max(row.since, row.last_call)
        return max(iso(dt.datetime.fromisoformat(idle_since) + dt.timedelta(minutes=minutes)), row.put_off)

    def _sentence(self, row: EndpointRow) -> str:
        if row.state is State.LIVE:
            until = "kept by its settings" if row.keep else f"asleep after {self._next_tear_down(row)} without a call"
            return f"{row.model} is live, and {until}."
        return f"{_SENTENCES[row.state].format(row.model)}{row.hindrance and ' '}{row.hindrance}"
