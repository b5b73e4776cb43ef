"""A model asked as its run's settings let it be asked, and its answers read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ebb.proof.answers import Answers, read_answers
from ebb.proof.calling import MAX_BYTES, Call, ask
from ebb.settings.model_settings import ModelSettings

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

# For a proof: whoever keeps the endpoint busy is answered within moments, and to come back from a queue takes a minute.
PAUSES = (0.5, 1.0, 2.0)


def ask_model(
    runtime: SageMakerRuntimeClient,
    endpoint: str,
    rows: Sequence[str],
    settings: ModelSettings,
    pauses: Sequence[float] = (),
) -> tuple[Call, Answers]:
    """WaitError: not now. ModelAnswerError: what came is no answer of such a model."""
    environment = settings.endpoint.environment
    most = min(MAX_BYTES, int(environment.get("MAX_CONTENT_LENGTH", MAX_BYTES)))
    call = ask(runtime, endpoint, rows, most, pauses)
    outputs = environment.get("SAGEMAKER_INFERENCE_OUTPUT", "").replace(" ", "")
    return call, read_answers(call.lines, settings.objective, settings.num_class, outputs.split(",") if outputs else ())
