"""The ARN of a resource in SageMaker, where nothing that was asked has told it."""

from __future__ import annotations

from typing import Literal

Kind = Literal["endpoint", "endpoint-config", "model", "training-job"]


def arn(kind: Kind, name: str, *, like: str, region: str = "") -> str:
    """`like`: any ARN of the account; `region`: where that has none, as a role's. Lower case, as our names are."""
    _, partition, _, its_region, account, _ = like.split(":", 5)
    return f"arn:{partition}:sagemaker:{region or its_region}:{account}:{kind}/{name}"
