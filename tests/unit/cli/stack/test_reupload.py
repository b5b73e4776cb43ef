from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.outcome import CommandError
from cli.stack.deployed_stack import DeployedStack
from cli.stack.reupload import MOST_BYTES, upload_again

RUN = "ebb-abalone-261122153000-k3v7q"
SOURCE = {"bucket": "lake", "key": "datasets/abalone/a.csv", "version_id": "v1", "bytes": 7}
VERSION = {"Bucket": "lake", "Key": "datasets/abalone/a.csv", "VersionId": "v1"}


@dataclass
class OneObject:
    """A bucket that holds one run's dataset.json and the upload that it names."""

    size: int = 7
    copied: list[dict[str, Any]] = field(default_factory=list)

    def get_object(self, **asked: str) -> dict[str, Any]:
        assert asked == {"Bucket": "lake", "Key": f"runs/abalone/{RUN}/dataset.json"}
        return {"Body": io.BytesIO(json.dumps({"source": SOURCE}).encode())}

    def head_object(self, **asked: str) -> dict[str, Any]:
        assert asked == VERSION
        return {"ContentLength": self.size, "ContentType": "text/csv", "Metadata": {}, "ETag": "e"}

    def copy_object(self, **asked: Any) -> dict[str, Any]:
        self.copied.append(asked)
        return {"VersionId": "v2"}


def stack(s3: OneObject) -> DeployedStack:
    return DeployedStack("ebb", {"DataBucketName": "lake"}, cast("Any", SimpleNamespace(s3=s3)))


def test_the_version_is_copied_onto_itself_which_s3_does_only_when_told_to_replace() -> None:
    s3 = OneObject(size=MOST_BYTES)
    assert upload_again(stack(s3), "abalone", RUN) == ("datasets/abalone/a.csv", "v2")
    place = {"Bucket": "lake", "Key": "datasets/abalone/a.csv", "CopySource": VERSION}
    assert s3.copied == [place | {"MetadataDirective": "REPLACE", "ContentType": "text/csv", "Metadata": {}}]


def test_what_s3_does_not_copy_at_once_is_told() -> None:
    s3 = OneObject(size=MOST_BYTES + 1)
    with pytest.raises(CommandError, match="larger than 5 GiB, which S3 does not copy at once: upload it again"):
        upload_again(stack(s3), "abalone", RUN)
    assert s3.copied == []
