"""`datasets/<model>/model.toml` in the bucket: as what settings.json keeps of it, with its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_missing_object
from ebb.bucket.unreadable import in_words, unreadable
from ebb.bucket.uploads import SETTINGS_NAME
from ebb.environment import LimitingSettings
from ebb.names import ModelName
from ebb.problems import Code, Problem, RefusedError, summary
from ebb.settings.model_settings import MAX_FILE_BYTES, read_settings, text_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VERSION = "model_toml_version"


def settings_json(s3: S3Client, limits: LimitingSettings, model: ModelName) -> dict[str, Any]:
    """The current file's settings, resolved; or, when it is wrong, its `problems` and their `sentence`."""
    key, version = f"datasets/{model}/{SETTINGS_NAME}", None
    try:
        version = current_version(s3, limits.bucket, model)
        text = _text(s3, limits.bucket, key, version) if version else ""
        return read_settings(text, limits.limits).as_json() | {VERSION: version}
    except RefusedError as refused:
        problems = [problem.as_json() for problem in refused.problems]
        return {"problems": problems, "sentence": summary(refused.problems), VERSION: version}


def current_version(s3: S3Client, bucket: str, model: ModelName) -> str | None:
    """None without a file. RefusedError when it cannot be read."""
    key = f"datasets/{model}/{SETTINGS_NAME}"
    try:
        return s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    except ClientError as error:
        if is_missing_object(error):
            return None
        raise _explained(in_words(s3, error, {"Bucket": bucket, "Key": key})) from error


def _text(s3: S3Client, bucket: str, key: str, version: str) -> str:
    try:
        found = s3.get_object(Bucket=bucket, Key=key, VersionId=version)
    except ClientError as error:
        raise _explained(error) from error
    return text_of(found["Body"].read(MAX_FILE_BYTES + 1))


def _explained(error: ClientError) -> Exception:
    problem = unreadable(error)
    if problem is None:
        return error
    what = problem.problem.replace("The object", "model.toml")
    return RefusedError([Problem(Code.WRONG_SETTING, what, problem.remedy)])
