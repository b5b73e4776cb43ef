"""`runs/<model>/latest.json`: the answer for a person who only has `aws s3`, overwritten at each stage."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.announcements import safe
from ebb.ledger import iso

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Latest:
    """`problems` as JSON shows them."""

    model: str
    run: str | None
    stage: str
    sentence: str
    endpoint: str
    problems: Sequence[dict[str, Any]] = ()

    def write(self, s3: S3Client, bucket: str, now: dt.datetime) -> None:
        latest = {
            "run": self.run,
            "stage": self.stage,
            "sentence": safe(self.sentence),
            "endpoint": self.endpoint,
            "at": iso(now),
            "problems": list(self.problems),
        }
        body = json.dumps(latest, indent=2).encode()
        key = f"runs/{self.model}/latest.json"
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
