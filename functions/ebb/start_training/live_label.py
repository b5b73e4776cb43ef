"""What the run that is live predicts, copied into a new run's settings when those are first written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ebb.bucket.run_folder import DATASET, RunFolder
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, RunId, run_folder
from ebb.settings.model_settings import NEW, ModelSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def with_live_label(
    content: dict[str, Any], s3: S3Client, bucket: str, ledger: Ledger, model: ModelName
) -> dict[str, Any]:
    """`content`: settings.json as it is about to be written; settings that are wrong stay as they are."""
    if "problems" in content or content["classes"] == NEW:
        return content
    live = ledger.endpoint(model).live_run
    if not live:
        return content
    dataset = RunFolder(s3, bucket, run_folder(model, RunId(live))).find(DATASET)
    return content | ModelSettings.from_json(content).keeping(live, dataset.content if dataset else None).as_json()
