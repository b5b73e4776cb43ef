"""`runs/<model>/<run>/`: what a run is made of. `dataset.json` comes last, and proves the folder whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import code_of, is_missing_object, is_precondition_failed
from ebb.errors import EbbError, WaitError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SETTINGS, DATASET, SMOKE = "settings.json", "dataset.json", "smoke.csv"


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


@dataclass(frozen=True)
class Kept:
    """A JSON file of the folder, and the ETag that stands for exactly this content."""

    content: dict[str, Any]
    etag: str


@dataclass(frozen=True)
class RunFolder:
    s3: S3Client
    bucket: str
    prefix: str

    def key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def find(self, name: str) -> Kept | None:
        """None when it is not there (yet)."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=self.key(name))
        except ClientError as error:
            if is_missing_object(error):
                return None
            raise
        return Kept(json.loads(found["Body"].read()), found["ETag"])

    def require(self, name: str) -> dict[str, Any]:
        return self.require_kept(name).content

    def require_kept(self, name: str) -> Kept:
        found = self.find(name)
        if found is None:
            raise EbbError(f"{self.key(name)} has gone from {self.bucket}")
        return found

    def read_text(self, name: str) -> str:
        return self.s3.get_object(Bucket=self.bucket, Key=self.key(name))["Body"].read().decode()

    def write(self, name: str, content: dict[str, Any], over: Kept | None = None) -> Kept | None:
        """Write a JSON file that is not there yet, or in place of exactly this one; None: somebody was quicker."""
        condition: dict[str, Any] = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
        try:
            put = self.s3.put_object(
                Bucket=self.bucket,
                Key=self.key(name),
                Body=json.dumps(content, indent=2).encode(),
                ContentType="application/json",
                **condition,
            )
        except ClientError as error:
            if code_of(error) == "ConditionalRequestConflict":
                raise WaitError(f"{self.key(name)} is being written by another attempt") from error
            if not is_precondition_failed(error):
                raise
            return None
        return Kept(content, put["ETag"])
