"""The endpoint asked in the encoding of a run, and what kept it from answering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.errors import WaitError, code_of
from ebb.predict.answers import predictions_of
from ebb.predict.errors import ErrorCode, MisreadError, NotAwakeError, RequestError
from ebb.predict.served_run import ServedRun
from ebb.proof.asking import ask_model
from ebb.proof.calling import BusyError, ModelAnswerError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient


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
