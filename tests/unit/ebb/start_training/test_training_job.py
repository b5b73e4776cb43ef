"""The training job of a run: what the container and SageMaker need, and no more than the run says."""

import dataclasses
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from ebb.environment import StartTrainingSettings
from ebb.names import ModelName, RunId
from ebb.settings.model_settings import ModelSettings, Training
from ebb.start_training.instance_types import GIB
from ebb.start_training.training_job import training_request

RUN = RunId("ebb-abalone-261122153000-k3v7q")
SETTINGS = ModelSettings(
    hyperparameters={"objective": "reg:squarederror", "num_round": 50, "eta": 0.2, "flag": True, "off": False},
    training=Training("ml.c5.xlarge", 30, 90, volume_is_set=True),
)


def _request(
    limits: StartTrainingSettings, settings: ModelSettings = SETTINGS, *, held_out: int = 20, gib: int = 0
) -> dict[str, Any]:
    found = {"objective": "reg:squarederror", "num_class": None}
    dataset = {"rows": {"validation": held_out}, "bytes": {"train": gib * GIB, "validation": 0}} | found
    return training_request(limits, ModelName("abalone"), RUN, settings, dataset)


@pytest.mark.parametrize("held_out", [20, 0])
def test_the_request_is_one_that_sagemaker_knows(limits: StartTrainingSettings, held_out: int) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker").operation_model("CreateTrainingJob")
    assert model.input_shape is not None
    validate_parameters(_request(limits, held_out=held_out), model.input_shape)


def test_the_jobs_name_is_the_runs(limits: StartTrainingSettings) -> None:
    assert _request(limits)["TrainingJobName"] == RUN


def test_hyperparameters_are_texts_in_the_containers_spelling(limits: StartTrainingSettings) -> None:
    assert _request(limits)["HyperParameters"] == {
        "objective": "reg:squarederror",
        "num_round": "50",
        "eta": "0.2",
        "flag": "true",
        "off": "false",
    }


def test_channels_are_the_run_folders_files_as_plain_csv(limits: StartTrainingSettings) -> None:
    channels = _request(limits)["InputDataConfig"]
    assert [channel["ChannelName"] for channel in channels] == ["train", "validation"]
    assert {channel["ContentType"] for channel in channels} == {"text/csv"}
    assert [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels] == [
        f"s3://ebb-data/runs/abalone/{RUN}/train.csv",
        f"s3://ebb-data/runs/abalone/{RUN}/validation.csv",
    ]


def test_without_held_out_rows_there_is_no_validation_channel(limits: StartTrainingSettings) -> None:
    channels = _request(limits, held_out=0)["InputDataConfig"]
    assert [channel["ChannelName"] for channel in channels] == ["train"]


def test_the_model_lands_in_the_run_folder(limits: StartTrainingSettings) -> None:
    # SageMaker appends /<job>/output/model.tar.gz
    assert _request(limits)["OutputDataConfig"] == {"S3OutputPath": "s3://ebb-data/runs/abalone"}


def test_instance_volume_and_time_limit_are_the_runs(limits: StartTrainingSettings) -> None:
    request = _request(limits)
    assert request["ResourceConfig"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 5400}


@pytest.mark.parametrize(
    ("training", "gib", "volume"),
    [(Training(), 0, 10), (Training(), 5, 15), (Training(volume_gb=10, volume_is_set=True), 5, 10)],
)
def test_the_volume_grows_with_the_data_unless_it_is_set(
    limits: StartTrainingSettings, training: Training, gib: int, volume: int
) -> None:
    request = _request(limits, dataclasses.replace(SETTINGS, training=training), gib=gib)
    assert request["ResourceConfig"]["VolumeSizeInGB"] == volume


def test_the_job_is_isolated_retried_and_writes_no_profile(limits: StartTrainingSettings) -> None:
    request = _request(limits)
    assert request["EnableNetworkIsolation"] is True
    assert request["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    assert request["ProfilerConfig"] == {"DisableProfiler": True}


def test_role_image_and_tags_are_the_stacks(limits: StartTrainingSettings) -> None:
    request = _request(dataclasses.replace(limits, stack="other"))
    assert request["RoleArn"] == limits.training_role_arn
    assert request["AlgorithmSpecification"] == {"TrainingImage": limits.training_image, "TrainingInputMode": "File"}
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    assert tags == {"ebb:stack": "other", "ebb:model": "abalone", "ebb:run": RUN}
