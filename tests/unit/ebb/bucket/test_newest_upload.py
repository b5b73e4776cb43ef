"""The newest upload is the one whose run is the newest, over all keys and pages of the model's folder."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from ebb.bucket.uploads import newest_upload
from ebb.names import ModelName, Upload, run_id, run_order

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Bucket:
    """S3, as far as listing goes; two versions on a page."""

    versions: list[dict[str, Any]]

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_object_versions"
        return self

    def paginate(self, *, Prefix: str, **asked: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert (Prefix, asked["Bucket"]) == ("datasets/abalone/", "ebb-data")
        for start in range(0, len(self.versions), 2):
            yield {"Versions": self.versions[start : start + 2]}
        yield {"DeleteMarkers": []}


def _version(name: str, after: float, version: str = "v", *, latest: bool = True) -> dict[str, Any]:
    time = NOON + dt.timedelta(seconds=after)
    return {"Key": f"datasets/abalone/{name}", "VersionId": version, "LastModified": time, "IsLatest": latest}


def _newest(*versions: dict[str, Any]) -> str | None:
    found = newest_upload(cast("Any", Bucket([*versions])), "ebb-data", ModelName("abalone"))
    return f"{found.key.rpartition('/')[2]} {found.version_id}" if found else None


def test_the_latest_upload_wins_whatever_its_key() -> None:
    assert _newest(_version("z.csv", 0), _version("a.csv.gz", 2, "v2"), _version("b.csv", 1)) == "a.csv.gz v2"


def test_within_a_second_the_order_is_that_of_the_runs() -> None:
    versions = [_version(f"{number}.csv", number / 100) for number in range(20)]
    uploads = [Upload("ebb-data", version["Key"], version["VersionId"]) for version in versions]
    runs = {run_order(run_id("ebb", ModelName("abalone"), upload, NOON)): upload for upload in uploads}
    newest = runs[max(runs, key=lambda order: (order.uploaded, order.hash) if order else ("", ""))]
    assert _newest(*versions) == f"{newest.key.rpartition('/')[2]} v"


def test_only_current_datasets_count() -> None:
    assert (
        _newest(
            _version("a.csv", 0),
            _version("a.csv", 5, "older", latest=False),
            _version("model.toml", 6),
            _version("notes.txt", 7),
            _version("2026/b.csv", 8),
            _version("", 9),
        )
        == "a.csv v"
    )
    assert _newest(_version("model.toml", 6)) is None
    assert _newest() is None
