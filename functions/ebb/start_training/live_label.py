"""What the run that is live predicts, copied into a new run's settings when those are first written."""

from __future__ import annotations

from typing import Any

from ebb.bucket.run_folder import DATASET
from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.names import ModelName
from ebb.settings.model_settings import NEW, ModelSettings


def with_live_label(
    content: dict[str, Any], context: Context[StartTrainingSettings], model: ModelName
) -> dict[str, Any]:
    """`content`: settings.json as it is about to be written; settings that are wrong stay as they are."""
    if "problems" in content or content["classes"] == NEW:
        return content
    live = context.ledger.endpoint(model).live_run
    if not live:
        return content
    dataset = context.folder(model, live).find(DATASET)
    return content | ModelSettings.from_json(content).keeping(live, dataset.content if dataset else None).as_json()
