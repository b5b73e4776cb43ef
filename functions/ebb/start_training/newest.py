"""Which upload of a model is the newest: only that one is tried again under a corrected model.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebb.errors import RefusedError
from ebb.names import ModelName, Upload, upload_hash
from ebb.uploads import FOLDER, is_ignored, model_of_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def newest_upload(s3: S3Client, bucket: str, model: ModelName) -> Upload | None:
    """Of what lies in the model's folder now: by upload time, then by hash, as runs are ordered."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{FOLDER}{model}/", Delimiter="/")
    found = [
        (version["LastModified"].replace(microsecond=0), Upload(bucket, version["Key"], version["VersionId"]))
        for page in pages
        for version in page.get("Versions", [])
        if version["IsLatest"] and _is_dataset(version["Key"])
    ]
    return max(found, key=lambda one: (one[0], upload_hash(one[1])))[1] if found else None


def _is_dataset(key: str) -> bool:
    try:
        return not is_ignored(key) and bool(model_of_key(key))
    except RefusedError:
        return False
