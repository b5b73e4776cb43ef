"""`runs/<model>/latest.json`: the answer for a person who only has `aws s3`, overwritten at each stage."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.announcements.announcement import safe
from ebb.aws.client_errors import code_of, is_missing_object, is_precondition_failed
from ebb.errors import WaitError
from ebb.names import run_order
from ebb.times import iso

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5


@dataclass(frozen=True)
class Latest:
    """`problems` as JSON shows them."""

    model: str
    run: str | None
    stage: str
    sentence: str
    endpoint: str
    problems: Sequence[dict[str, Any]] = ()

    @property
    def key(self) -> str:
        return f"runs/{self.model}/latest.json"

    def write(self, s3: S3Client, bucket: str, now: dt.datetime) -> None:
        """In place of exactly what was read, and never over what is said of a newer run. A refusal may have no run."""
        for _ in range(ATTEMPTS):
            condition = self._look(s3, bucket)
            if condition is None or self._replace(s3, bucket, now, condition):
                return
        raise WaitError(f"{self.key}, which others keep writing")

    def _look(self, s3: S3Client, bucket: str) -> dict[str, Any] | None:
        """The condition under which to write; None when a newer run is there."""
        try:
            found = s3.get_object(Bucket=bucket, Key=self.key)
        except ClientError as error:
            if is_missing_object(error):
                return {"IfNoneMatch": "*"}
            raise
        return None if self._is_older_than(_run_of(found["Body"].read())) else {"IfMatch": found["ETag"]}

    def _is_older_than(self, there: str) -> bool:
        theirs, ours = run_order(there), run_order(self.run or "")
        return theirs is not None and ours is not None and theirs > ours

    def _replace(self, s3: S3Client, bucket: str, now: dt.datetime, condition: dict[str, Any]) -> bool:
        """False: somebody has written or deleted it since."""
        latest = {
            "run": self.run,
            "stage": self.stage,
            "sentence": safe(self.sentence),
            "endpoint": self.endpoint,
            "at": iso(now),
            "problems": list(self.problems),
        }
        body = json.dumps(latest, indent=2).encode()
        try:
            s3.put_object(Bucket=bucket, Key=self.key, Body=body, ContentType="application/json", **condition)
        except ClientError as error:
            conflict = code_of(error) == "ConditionalRequestConflict"
            if conflict or is_precondition_failed(error) or is_missing_object(error):
                return False
            raise
        return True


def _run_of(body: bytes) -> str:
    """Empty when it says nothing of a run, or is not what we have written: then it is only overwritten."""
    try:
        return str(json.loads(body)["run"] or "")
    except (ValueError, LookupError, TypeError):
        return ""
