"""A model's predictions for a request. A model that sleeps is woken, and a caller who holds on gets his answer then."""

from __future__ import annotations

from dataclasses import dataclass, field

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, State
from ebb.environment import PredictSettings
from ebb.names import EndpointName, ModelName, endpoint_name
from ebb.predict.asking import Asking, Predictions
from ebb.predict.errors import NotAwakeError, RequestError
from ebb.predict.known_model import KnownModels
from ebb.predict.request import Request
from ebb.predict.sent_rows import SentRows
from ebb.predict.served_run import ServedRuns
from ebb.predict.waking import Clock, Hold, ask_to_wake, served_config


@dataclass(frozen=True)
class Predicting:
    clients: Clients
    settings: PredictSettings
    runs: ServedRuns
    clock: Clock = field(default_factory=Clock)

    @property
    def models(self) -> KnownModels:
        return KnownModels(self.clients, self.settings)

    def predict(self, model: str, request: Request) -> Predictions:
        """RequestError: what the caller is told instead."""
        hold = Hold.begin(self.clock, request.wait)
        rows = SentRows.of(request)
        row = self.models.live_row(model)
        looks = row.state is State.WAKING
        while True:
            try:
                return self._answered(row, rows, looks=looks)
            except NotAwakeError as asleep:
                if asleep.missing:
                    ask_to_wake(self.clients, self.models.ledger, self.settings.stack, row.model, self.clock.now())
                hold.pause(row)
            except RequestError as passing:
                if not looks:
                    raise
                hold.pause_after(passing)
            row, looks = self.models.live_row(model), True

    def _answered(self, row: EndpointRow, rows: SentRows, *, looks: bool) -> Predictions:
        """An endpoint whose deletion is under way may still answer.

        `looks`: it is asked only if it serves the live config, which was proven. deploy_endpoint tells of its failures
        itself, so nobody has to be asked while it wakes.
        """
        endpoint = self._endpoint(row)
        if row.state is State.ASLEEP and not row.falls_asleep:
            raise NotAwakeError(missing=True)
        if looks and served_config(self.clients, endpoint) != row.live_config:
            raise NotAwakeError(missing=row.state is not State.WAKING)
        return Asking(self.clients, self.models, self.runs, endpoint).ask(row, rows)

    def _endpoint(self, row: EndpointRow) -> EndpointName:
        return endpoint_name(self.settings.prefix, ModelName(row.model))
