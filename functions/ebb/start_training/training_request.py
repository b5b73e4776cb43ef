"""The one training job of a run: what is asked of SageMaker, as a function of the run alone."""

from __future__ import annotations

from typing import Any

from ebb.environment import StartTrainingSettings
from ebb.names import ModelName, RunId, run_folder
from ebb.resource_tags import tags_of_run
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.instance_types import volume_gb

RETRIES = 2  # SageMaker's own, for its own errors


def training_request(
    limits: StartTrainingSettings, model: ModelName, run: RunId, settings: ModelSettings, dataset: dict[str, Any]
) -> dict[str, Any]:
    """A CreateTrainingJob request. `dataset`: dataset.json; without held-out rows there is no validation channel."""
    folder = f"s3://{limits.bucket}/{run_folder(model, run)}"
    training = settings.training
    volume = training.volume_gb if training.volume_is_set else volume_gb(training.volume_gb, dataset["bytes"])
    channels = ["train", "validation"] if dataset["rows"]["validation"] else ["train"]
    return {
        "TrainingJobName": run,
        "AlgorithmSpecification": {"TrainingImage": limits.training_image, "TrainingInputMode": "File"},
        "RoleArn": limits.training_role_arn,
        "HyperParameters": settings.hyperparameter_texts,
        "InputDataConfig": [_channel(name, f"{folder}{name}.csv") for name in channels],
        # SageMaker adds /<job>/output/model.tar.gz: the job's name is the run's.
        "OutputDataConfig": {"S3OutputPath": f"s3://{limits.bucket}/runs/{model}"},
        "ResourceConfig": {
            "InstanceType": training.instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": volume,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": training.max_runtime_minutes * 60},
        "RetryStrategy": {"MaximumRetryAttempts": RETRIES},
        "EnableNetworkIsolation": True,
        "ProfilerConfig": {"DisableProfiler": True},
        "Tags": tags_of_run(limits.stack, model, run),
    }


def _channel(name: str, uri: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        # Literally so: the container refuses `text/csv; label_size=1`.
        "ContentType": "text/csv",
        "InputMode": "File",
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        },
    }
