"""An endpoint's log group. SageMaker makes it, keeps all of it for ever, and leaves it when the endpoint is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.aws.client_errors import code_of, is_passing, wait_for

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

FOLDER = "/aws/sagemaker/Endpoints/"
_IN_THE_WAY = ("OperationAbortedException", "ServiceUnavailableException")  # somebody else changes the group just now


@dataclass(frozen=True)
class EndpointLog:
    logs: CloudWatchLogsClient
    endpoint: str

    @property
    def group(self) -> str:
        return f"{FOLDER}{self.endpoint}"

    def keep_for(self, days: int) -> None:
        """A group that is not there yet, or was never made, needs nothing."""
        self._unless_gone(lambda: self.logs.put_retention_policy(logGroupName=self.group, retentionInDays=days))

    def delete(self) -> None:
        self._unless_gone(lambda: self.logs.delete_log_group(logGroupName=self.group))

    def _unless_gone(self, change: Callable[[], object]) -> None:
        try:
            change()
        except ClientError as error:
            if code_of(error) in _IN_THE_WAY or is_passing(error):
                raise wait_for(error) from error
            if code_of(error) != "ResourceNotFoundException":
                raise
