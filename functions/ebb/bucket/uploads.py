"""What lies below `datasets/`: what a key stands for, and which upload of a model is the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebb.errors import GoneError
from ebb.names import MODEL_RULE, ModelName, Upload, is_model_name, upload_hash
from ebb.problems import Code, Problem, RefusedError, quoted

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = "datasets/"
SETTINGS_NAME = "model.toml"
ENDINGS = (".csv", ".csv.gz")
_RULE = "Upload to datasets/<model>/<name>.csv or .csv.gz."


def is_ignored(key: str) -> bool:
    """Folder markers, and settings of what can be no model: the data beside them are told the rule."""
    model, _, name = key.removeprefix(FOLDER).partition("/")
    return key.endswith("/") or (bool(model) and name == SETTINGS_NAME and not is_model_name(model))


def model_of_settings(key: str) -> ModelName | None:
    """The model of `datasets/<model>/model.toml`; None for anything else."""
    model, _, name = key.removeprefix(FOLDER).partition("/")
    return ModelName(model) if name == SETTINGS_NAME and is_model_name(model) else None


def model_of_key(key: str) -> ModelName:
    """The model of `datasets/<model>/<name>.csv` or `.csv.gz`; RefusedError for anything else."""
    model, _, name = key.removeprefix(FOLDER).partition("/")
    if not name or "/" in name:
        problem = f"The key {quoted(key)} has {'folders below the model' if name else 'no model folder'}."
        raise RefusedError([Problem(Code.WRONG_KEY, problem, _RULE, value=key)], _if_valid(model if name else ""))
    if not is_model_name(model):
        problem, remedy = f"{quoted(model)} is not a model name.", f"Choose another folder name: {MODEL_RULE}."
        raise RefusedError([Problem(Code.WRONG_MODEL_NAME, problem, remedy, value=model)])
    if not name.endswith(ENDINGS):
        problem = f"{quoted(name)} does not end in .csv or .csv.gz."
        raise RefusedError([Problem(Code.WRONG_ENDING, problem, _remedy(name), value=name)], ModelName(model))
    return ModelName(model)


def _remedy(name: str) -> str:
    """S3 tells `.CSV` from `.csv`, and so does everything that reads the object after us."""
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), None)
    if ending:
        return f"Rename it to {name[: -len(ending)]}{ending} and upload it again: the ending is lower case."
    return "Save the table as delimited text with the ending .csv, or packed with gzip as .csv.gz, and upload that."


def _if_valid(model: str) -> ModelName | None:
    return ModelName(model) if is_model_name(model) else None


def with_version(s3: S3Client, upload: Upload) -> Upload:
    """Of an event that named none, the current one; GoneError when there is none."""
    if upload.version_id:
        return upload
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=upload.bucket, Prefix=upload.key)
    for page in pages:
        for version in page.get("Versions", []):
            if version["Key"] == upload.key and version["IsLatest"]:
                return Upload(upload.bucket, upload.key, version["VersionId"])
    raise GoneError(f"{upload.key} is gone")


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
