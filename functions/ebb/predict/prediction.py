"""A model's predictions for a request. A model that sleeps is woken, and a caller who holds on gets his answer then.

Whatever an endpoint answers is read in the encoding of the run that has answered, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import code_of
from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.errors import WaitError
from ebb.evaluation.answers import ask_model
from ebb.evaluation.inference import BusyError, ModelAnswerError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State
from ebb.predict.answers import predictions_of
from ebb.predict.errors import ErrorCode, MisreadError, NotAwakeError, RequestError
from ebb.predict.http import Request
from ebb.predict.known_models import live_row
from ebb.predict.sent_rows import SentRows
from ebb.predict.served_run import ServedRun, ServedRuns
from ebb.predict.wake import Hold, ask_to_wake, served_config
from ebb.times import Clock

MOST_ASKED = 4
_Context = Context[PredictSettings]


@dataclass(frozen=True)
class Predictions:
    """`run`: in whose encoding the endpoint was asked, and has answered."""

    model: str
    run: str
    values: list[Any] = field(repr=False)


def predict(context: _Context, runs: ServedRuns, clock: Clock, model: str, request: Request) -> Predictions:
    """RequestError: what the caller is told instead."""
    hold = Hold.begin(clock, request.wait)
    rows = SentRows.of(request)
    row = live_row(context, model)
    looks = row.state is State.WAKING
    while True:
        try:
            _require_awake(context, row, looks=looks)
            return _ask(context, runs, row, rows)
        except NotAwakeError as asleep:
            if asleep.missing:
                ask_to_wake(context, row.model, clock.now())
            hold.pause(row)
        except RequestError as passing:
            if not looks:
                raise
            hold.pause_after(passing)
        row, looks = live_row(context, model), True


def _require_awake(context: _Context, row: EndpointRow, *, looks: bool) -> None:
    """An endpoint whose deletion is under way may still answer.

    `looks`: it is asked only if it serves the live config, which was proven. deploy_endpoint tells of its failures
    itself, so nobody has to be asked while it wakes.
    """
    if row.state is State.ASLEEP and not row.falls_asleep:
        raise NotAwakeError(missing=True)
    if looks and served_config(context, row.model) != row.live_config:
        raise NotAwakeError(missing=row.state is not State.WAKING)


def _ask(context: _Context, runs: ServedRuns, row: EndpointRow, rows: SentRows) -> Predictions:
    """Asked anew, in its own encoding, when another run has answered. NotAwakeError: nobody did."""
    misread: set[str] = set()
    last = MisreadError()
    for _ in range(MOST_ASKED):
        possible = [runs.of(context, row.model, config) for config in _configs(row)]
        left = [run for run in possible if run.config not in misread]
        run = next((run for run in left if run.variant == last.answered), left[0] if left else None)
        if run is None:
            break
        encoded = rows.encoded(run)
        alike = [other for other in possible if other.variant == run.variant]
        try:
            return Predictions(row.model, run.name, _answers(context, row, run, encoded, doubtful=len(alike) > 1))
        except MisreadError as error:
            misread.add(run.config)
            last = error
        row = live_row(context, row.model)
    raise last.error or _switching(row)


def _configs(row: EndpointRow) -> list[str]:
    """What may be behind the endpoint, the live one first."""
    configs = [row.live_config]
    if row.wanted and row.wanted.reason is not Reason.CANDIDATE:
        configs += [row.wanted.config, row.wanted.instead_of]
    return [config for config in dict.fromkeys(configs) if config]


def _switching(row: EndpointRow) -> RequestError:
    problem = f"{row.model} is just going over to another run, whose rows are encoded otherwise. Ask again in a minute."
    return RequestError(ErrorCode.SWITCHING, problem)


def _answers(
    context: _Context, row: EndpointRow, run: ServedRun, encoded: Sequence[str], *, doubtful: bool
) -> list[Any]:
    """MisreadError: perhaps another run has answered. NotAwakeError: there is nobody to answer yet.

    `doubtful`: where two runs share an encoding, the variant does not tell which has answered, but SageMaker does.
    """

    def refuse_other() -> None:
        if doubtful and served_config(context, row.model) != run.config:
            raise MisreadError

    refuse_other()
    endpoint, runtime = context.endpoint_name(row.model), context.clients.sagemaker_runtime
    try:
        called, answers = ask_model(runtime, endpoint, encoded, run.settings)
    except ModelAnswerError as wrong:
        raise MisreadError(error=_model_error(str(wrong))) from wrong
    except WaitError as wait:
        raise _understood(wait) from wait
    if called.variant != run.variant:
        raise MisreadError(called.variant)
    values = predictions_of(answers, run.label, run.outputs)
    refuse_other()
    return values


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
