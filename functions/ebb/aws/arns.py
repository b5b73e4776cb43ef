"""The ARN of a resource of ours in SageMaker, where nothing that was asked has told it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ebb.aws.clients import Clients


@dataclass(frozen=True)
class ResourceArns:
    """`role_arn`: of a role in the same account, which tells account and partition."""

    clients: Clients
    role_arn: str

    def of(self, kind: Literal["endpoint", "endpoint-config", "model", "training-job"], name: str) -> str:
        """SageMaker writes names in ARNs in lower case, as ours are."""
        _, partition, _, _, account, _ = self.role_arn.split(":", 5)
        return f"arn:{partition}:sagemaker:{self.clients.session.region_name}:{account}:{kind}/{name}"
