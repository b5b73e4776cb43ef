"""A model's predictions for a request. A model that sleeps is woken, and a caller who holds on gets his answer then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import code_of
from ebb.aws.clients import Clients
from ebb.environment import PredictSettings
from ebb.errors import WaitError
from ebb.evaluation.answers import ask_model
from ebb.evaluation.inference import BusyError, ModelAnswerError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State
from ebb.names import EndpointName, ModelName, endpoint_name
from ebb.predict.answers import predictions_of
from ebb.predict.errors import ErrorCode, MisreadError, NotAwakeError, RequestError
from ebb.predict.http import Request
from ebb.predict.known_models import KnownModels
from ebb.predict.sent_rows import SentRows
from ebb.predict.served_run import ServedRun, ServedRuns
from ebb.predict.wake import Hold, ask_to_wake, served_config
from ebb.times import Clock

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient


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


def call(runtime: SageMakerRuntimeClient, endpoint: str, rows: Sequence[str], run: ServedRun) -> list[Any]:
    """MisreadError: perhaps another run has answered. NotAwakeError: there is nobody to answer yet."""
    try:
        called, answers = ask_model(runtime, endpoint, rows, run.settings)
    except ModelAnswerError as wrong:
        raise MisreadError(error=_model_error(str(wrong))) from wrong
    except WaitError as wait:
        raise _understood(wait) from wait
    if called.variant != run.variant:
        raise MisreadError(called.variant)
    return predictions_of(answers, run.label, run.outputs)


def _understood(wait: WaitError) -> Exception:
    cause = wait.__cause__
    if isinstance(wait, BusyError):
        problem = "More calls at once than the endpoint's max_concurrency, or the account's, allow. Ask again."
        return RequestError(ErrorCode.THROTTLED, problem)
    if not isinstance(cause, ClientError):
        return RequestError(ErrorCode.NO_ANSWER, str(wait))
    match code_of(cause):
        case "ModelError":
            return MisreadError(error=_model_error(str(wait)))
        case "ValidationError":
            return NotAwakeError(missing=True)
        case "ModelNotReadyException":
            return NotAwakeError(missing=False)
    return RequestError(ErrorCode.UNAVAILABLE, str(wait))


def _model_error(words: str) -> RequestError:
    return RequestError(ErrorCode.MODEL_ERROR, words)
