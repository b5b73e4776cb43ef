"""`runs/<model>/<run>/`: what a run is made of. `dataset.json` comes last, and proves the folder whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.errors import EbbError, RefusedError, is_missing_object, is_precondition_failed
from ebb.held_out import is_held_out
from ebb.numeric_csv import Row
from ebb.object_writer import ObjectWriter
from ebb.problems import Code, Problem

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SMOKE_ROWS = 200
_EXPIRING = {"ebb:part": "data"}


@dataclass(frozen=True)
class RunFolder:
    s3: S3Client
    bucket: str
    prefix: str

    def key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def read(self, name: str) -> dict[str, Any] | None:
        """A JSON file of the folder; None when it is not there (yet)."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=self.key(name))
        except ClientError as error:
            if is_missing_object(error):
                return None
            raise
        return dict(json.loads(found["Body"].read()))

    def write_once(self, name: str, content: dict[str, Any]) -> dict[str, Any]:
        """Write a JSON file unless it is there; whoever came first has written what counts, and that is returned."""
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=self.key(name),
                Body=json.dumps(content, indent=2).encode(),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if not is_precondition_failed(error):
                raise
            return self.require(name)
        return content

    def require(self, name: str) -> dict[str, Any]:
        found = self.read(name)
        if found is None:
            raise EbbError(f"{self.key(name)} has gone from {self.bucket}")
        return found

    def write_rows(self, rows: Iterable[Row], validation: float) -> dict[str, int]:
        """train.csv, validation.csv and smoke.csv, none if a row is bad; the number of rows in each."""
        with ExitStack() as stack:
            train = stack.enter_context(ObjectWriter(self.s3, self.bucket, self.key("train.csv"), _EXPIRING))
            held = stack.enter_context(ObjectWriter(self.s3, self.bucket, self.key("validation.csv"), _EXPIRING))
            smoke = stack.enter_context(ObjectWriter(self.s3, self.bucket, self.key("smoke.csv")))
            for row in rows:
                held_out = is_held_out(row.source, validation)
                (held if held_out else train).write_row(row.source)
                # Without held-out rows the smoke test has to do with rows that the model has seen.
                if (held_out or not validation) and smoke.rows < SMOKE_ROWS:
                    smoke.write_row(row.source)
            if not train.rows:
                remedy = "Upload more rows that differ from each other, or set validation = 0 in model.toml."
                raise RefusedError([Problem(Code.TOO_FEW_ROWS, "Every row would be held out.", remedy)])
        return {"train": train.rows, "validation": held.rows, "smoke": smoke.rows}
