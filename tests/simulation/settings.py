"""What template.yaml would give the functions of the simulated stack."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ebb.environment import ConfirmEndpointSettings, DeployEndpointSettings, PredictSettings, TearDownIdleSettings
from tests.emulated.stack import BUCKET, JOURNAL, TABLE

FUNCTION = "ebb-tear-down-idle"
LEASE = dt.timedelta(minutes=10)
_NAMED: dict[str, Any] = {"stack": "ebb", "prefix": "ebb", "bucket": BUCKET, "ledger_table": TABLE}
_QUEUES: dict[str, Any] = {"deploy_queue_url": "deploy", "confirm_queue_url": "confirm"}
IDLE: dict[str, Any] = {"idle_after_minutes": 60, "idle_margin_minutes": 10}


def tear_down_settings() -> TearDownIdleSettings:
    return TearDownIdleSettings(
        **_NAMED,
        **_QUEUES,
        **IDLE,
        intake_queue_url="intake",
        tear_down_mode="enforce",
        purge_after_days=30,
        max_tear_downs_per_run=10,
        max_tear_down_percent=100,
        journal_log_group=JOURNAL,
        image_patches_until="3.2-0=2027-05-13",
    )


def deploy_settings() -> DeployEndpointSettings:
    return DeployEndpointSettings(
        **_NAMED,
        **_QUEUES,
        training_image="492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        allowed_instance_types="ml.m5.*",
        max_training_minutes=240,
        max_provisioned_concurrency=4,
        serving_role_arn="arn:aws:iam::123456789012:role/serving",
        max_wait_hours=24,
    )


def confirm_settings() -> ConfirmEndpointSettings:
    return ConfirmEndpointSettings(**_NAMED, **_QUEUES, max_wait_hours=24, log_retention_days=30)


def predict_settings() -> PredictSettings:
    return PredictSettings(**_NAMED, **IDLE)
