"""SageMaker joins ministack as one more service: routed, authenticated, answered by our own handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core import iam_actions, router

Response = tuple[int, dict[str, str], bytes]
SageMakerHandler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


def install(handler: SageMakerHandler) -> None:
    """Requests reach it by target `SageMaker.*`, or (the runtime API) by the service name in their signature."""
    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": ["SageMaker."]}
    app.SERVICE_HANDLERS["sagemaker"] = handler
    # No namespace: ministack checks who calls, and our handler asks the evaluator itself,
    # because a SageMaker call is often checked on two resources or as two actions.
    iam_actions.SERVICE_TO_IAM_NAMESPACE.pop("sagemaker", None)
