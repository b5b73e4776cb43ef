"""An upload once more: the very version that a run was made of, copied onto itself."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from cli.outcome import CommandError, ExitCode
from cli.stack.deployed_stack import DeployedStack
from ebb.aws.client_errors import is_missing_object
from ebb.bucket.run_folder import DATASET
from ebb.names import ModelName, RunId, run_folder

MOST_BYTES = 5 * 1024**3  # the most that S3 copies in one call
_KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")


def upload_again(stack: DeployedStack, model: str, run: str) -> tuple[str, str]:
    """The key and its new version, which S3 tells start_training of as of any upload."""
    source = _source(stack, f"{run_folder(ModelName(model), RunId(run))}{DATASET}")
    place = {"Bucket": source["bucket"], "Key": source["key"], "VersionId": source["version_id"]}
    shown = f"s3://{place['Bucket']}/{place['Key']}"
    try:
        head: dict[str, Any] = dict(stack.clients.s3.head_object(**place))
        if head["ContentLength"] > MOST_BYTES:
            raise CommandError(
                ExitCode.FAILED, f"{shown} is larger than 5 GiB, which S3 does not copy at once: upload it again."
            )
        kept: dict[str, Any] = {name: head[name] for name in _KEPT if name in head}
        answer = stack.clients.s3.copy_object(
            Bucket=place["Bucket"],
            Key=place["Key"],
            CopySource=place,  # type: ignore[arg-type]
            MetadataDirective="REPLACE",  # without it S3 does not copy an object onto itself
            **kept,
        )
    except ClientError as error:
        if not is_missing_object(error):
            raise
        raise CommandError(
            ExitCode.FAILED, f"Version {place['VersionId']} of {shown} has been deleted: upload the file again."
        ) from error
    return place["Key"], answer["VersionId"]


def _source(stack: DeployedStack, key: str) -> dict[str, Any]:
    bucket = stack.output("DataBucketName")
    try:
        found = stack.clients.s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if not is_missing_object(error):
            raise
        raise CommandError(ExitCode.FAILED, f"s3://{bucket}/{key} has gone: upload the file again.") from error
    return dict(json.loads(found["Body"].read())["source"])
