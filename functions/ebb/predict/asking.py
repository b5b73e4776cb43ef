"""Which run answers: the live one, unless its endpoint is just going over to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, Reason
from ebb.names import EndpointName, ModelName
from ebb.predict.calling import call
from ebb.predict.errors import ErrorCode, MisreadError, RequestError
from ebb.predict.known_model import KnownModels
from ebb.predict.sent_rows import SentRows
from ebb.predict.served_run import ServedRun, ServedRuns
from ebb.predict.waking import served_config

MOST_ASKED = 4


@dataclass(frozen=True)
class Predictions:
    """`run`: in whose encoding the endpoint was asked, and has answered."""

    model: str
    run: str
    values: list[Any] = field(repr=False)


@dataclass(frozen=True)
class Asking:
    clients: Clients
    models: KnownModels
    runs: ServedRuns
    endpoint: EndpointName

    def ask(self, row: EndpointRow, rows: SentRows) -> Predictions:
        """Asked anew, in its own encoding, when another run has answered. NotAwakeError: nobody did."""
        misread: set[str] = set()
        last = MisreadError()
        for _ in range(MOST_ASKED):
            run = self._next(row, misread, last.answered)
            if run is None:
                break
            encoded = rows.encoded(run)
            try:
                return Predictions(row.model, run.name, self._certainly(row, run, encoded))
            except MisreadError as error:
                misread.add(run.config)
                last = error
            row = self.models.live_row(row.model)
        raise last.error or _switching(row)

    def _certainly(self, row: EndpointRow, run: ServedRun, encoded: Sequence[str]) -> list[Any]:
        """Where two runs share an encoding, the variant does not tell which has answered, but SageMaker does."""
        same_name = [other for other in self._possible(row) if other.variant == run.variant]
        doubtful = len(same_name) > 1
        if doubtful and not self._serves(run):
            raise MisreadError
        values = call(self.clients.sagemaker_runtime, self.endpoint, encoded, run)
        if doubtful and not self._serves(run):
            raise MisreadError
        return values

    def _serves(self, run: ServedRun) -> bool:
        return served_config(self.clients, self.endpoint) == run.config

    def _next(self, row: EndpointRow, misread: set[str], answered: str) -> ServedRun | None:
        """The one whose encoding has answered, else the live one; None when none is left."""
        left = [run for run in self._possible(row) if run.config not in misread]
        return next((run for run in left if run.variant == answered), left[0] if left else None)

    def _possible(self, row: EndpointRow) -> list[ServedRun]:
        """What may be behind the endpoint, the live config first."""
        configs = [row.live_config]
        if row.wanted and row.wanted.reason is not Reason.CANDIDATE:
            configs += [row.wanted.config, row.wanted.instead_of]
        return [self.runs.of(ModelName(row.model), config) for config in dict.fromkeys(configs) if config]


def _switching(row: EndpointRow) -> RequestError:
    problem = f"{row.model} is just going over to another run, whose rows are encoded otherwise. Ask again in a minute."
    return RequestError(ErrorCode.SWITCHING, problem)
