"""The one job of an accepted run: started, waited for, or told that it never can be.

SageMaker knows whether it is there. Each attempt asks it again, whatever was said before: a quota may have been raised.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements.announcement import Announcement, safe
from ebb.announcements.training_events import training_started
from ebb.announcements.wording import MAX_REASON_LENGTH, retry_command
from ebb.aws.client_errors import is_already_there, is_passing, is_permanent_quota, is_refused, message_of, wait_for
from ebb.aws.quotas import quota_of
from ebb.aws.tags import tags_of_run
from ebb.datasets.predicts import what_it_predicts
from ebb.environment import StartTrainingSettings
from ebb.errors import WaitError
from ebb.ledger.ledger import Row, is_unstarted
from ebb.messaging.consumer import Outcome
from ebb.names import ModelName, RunId, run_folder
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.instance_types import volume_gb
from ebb.start_training.run_record import RunRecord

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
        "HyperParameters": settings.of_run(dataset).hyperparameter_texts,
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


def start_job(record: RunRecord, row: Row, settings: ModelSettings, dataset: dict[str, Any], *, fresh: bool) -> Outcome:
    """`row`: what the ledger knew of the run when this attempt began. `fresh`: it has not waited yet."""
    context, model, run = record.context, record.model, record.run
    if not row:
        record.note("checked")
    request = training_request(context.settings, model, run, settings, dataset)
    upload, instance_type = record.source.upload.key, settings.training.instance_type
    predicts = what_it_predicts(dataset)
    started = training_started(model, run, upload, dataset["rows"], instance_type, predicts)
    try:
        context.clients.sagemaker.create_training_job(**request)
    except ClientError as error:
        if is_passing(error):
            raise _wait(record, error) from error
        if is_permanent_quota(error) or is_refused(error):
            return _report_refusal(record, error)
        if not is_already_there(error):
            raise
        return _found(record, started, fresh=fresh)
    return _tell(record, started)


def _found(record: RunRecord, started: Announcement, *, fresh: bool) -> Outcome:
    """An earlier attempt started it. It may have ended before it could say so, or be just saying it."""
    row = record.row()
    if "training_at" in row:
        return {"outcome": "already training", "run": record.run}
    if fresh:
        raise WaitError(f"what another attempt at {record.run} may just be telling")
    if row.get("stage") in (None, "checked", "waiting") or is_unstarted(row):
        return _tell(record, started)
    record.tell_late(started, row)
    return {"outcome": "already trained", "run": record.run}


def _tell(record: RunRecord, started: Announcement) -> Outcome:
    record.tell("training", started)
    return {"outcome": "training", "run": record.run, "rows": started.facts["rows"]}


def _wait(record: RunRecord, error: ClientError) -> WaitError:
    wait = wait_for(error)
    record.wait(safe(str(wait)), f"{record.source.upload.key} is accepted; {record.run} waits for {wait}.")
    return wait


def _report_refusal(record: RunRecord, error: ClientError) -> Outcome:
    """A quota that never suffices, or settings that only SageMaker can judge, such as an instance type's name."""
    model, run, quota = record.model, record.run, quota_of(error)
    reason = safe(quota.sentence if quota else message_of(error))
    later = f"After an increase, `{retry_command(model)}` trains it."
    remedy = later if quota else "Correct model.toml and upload it again."
    sentence = f"SageMaker refused to train {run}: {reason[:MAX_REASON_LENGTH]} {remedy}"
    record.fail(Announcement("TrainingFailed", model, run, sentence, {"reason": reason, "retry": False}))
    return {"outcome": "training refused", "run": run, "reason": reason}
