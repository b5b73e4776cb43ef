"""The settings of a stack called `ebb`, and a modest number of examples for every property."""

import pytest
from hypothesis import settings

from ebb.environment import StartTrainingSettings

settings.register_profile("ebb", max_examples=40, deadline=None, database=None)
settings.load_profile("ebb")


@pytest.fixture
def limits() -> StartTrainingSettings:
    return StartTrainingSettings(
        stack="ebb",
        prefix="ebb",
        bucket="ebb-data",
        ledger_table="ledger",
        training_role_arn="arn:aws:iam::123456789012:role/training",
        training_image="492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        allowed_instance_types="ml.m5.*,ml.c5.*",
        max_training_minutes=240,
        max_provisioned_concurrency=2,
        max_dataset_gb=5,
        intake_queue_url="https://sqs/intake",
        max_wait_hours=24,
    )
