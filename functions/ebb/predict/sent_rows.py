"""The rows of a request, encoded for any run: JSON is parsed once, CSV by the delimiter of each run's file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from ebb.predict import csv_rows, json_rows
from ebb.predict.errors import ErrorCode, RequestError
from ebb.predict.http import CSV, JSON, Request
from ebb.predict.served_run import ServedRun

_CHARSETS = ("", "utf-8", "utf8", "us-ascii")


@dataclass(frozen=True)
class SentRows:
    body: bytes = field(repr=False)
    parsed: list[Any] | None = field(repr=False)

    @classmethod
    def of(cls, request: Request) -> Self:
        media_type, charset = request.content_type
        if media_type not in (JSON, CSV) or charset not in _CHARSETS:
            raise _wrong_type(f"Send the rows as Content-Type: {JSON} or {CSV}, in UTF-8.")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise _wrong_type("Send the rows as they are: no Content-Encoding is understood.")
        return cls(request.body, json_rows.parsed_rows(request.body) if media_type == JSON else None)

    def encoded(self, run: ServedRun) -> list[str]:
        """RequestError names the row and column that this run cannot read."""
        if self.parsed is None:
            return run.table.encoded(csv_rows.cells_of(self.body, run.table), run.most_bytes)
        return run.table.encoded(json_rows.cells_of(self.parsed, run.table), run.most_bytes)


def _wrong_type(problem: str) -> RequestError:
    return RequestError(ErrorCode.WRONG_CONTENT_TYPE, problem)
