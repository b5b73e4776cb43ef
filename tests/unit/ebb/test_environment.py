"""Each function's settings come from its environment; what is missing is named, all at once."""

import re
from dataclasses import astuple
from pathlib import Path

import pytest

from ebb.environment import (
    ConfirmEndpointSettings,
    DeployEndpointSettings,
    FunctionSettings,
    PredictSettings,
    StartTrainingSettings,
    TearDownIdleSettings,
)
from ebb.errors import ConfigurationError
from ebb.settings.training_and_endpoint import SettingsLimits

SHARED = {"STACK": "ebb", "PREFIX": "ebb", "BUCKET": "ebb-data", "LEDGER_TABLE": "ledger"}
QUEUES = {f"{name}_QUEUE_URL": f"https://{name.lower()}" for name in ("DEPLOY", "CONFIRM", "INTAKE")}
LIMITS = {"TRAINING_IMAGE": "xgboost:3.2-0", "ALLOWED_INSTANCE_TYPES": "ml.m5.*", "MAX_TRAINING_MINUTES": "240"}
LIMITS |= {"MAX_PROVISIONED_CONCURRENCY": "2"}
DEPLOY = SHARED | LIMITS | {"SERVING_ROLE_ARN": "arn:role", "MAX_WAIT_HOURS": "24"}
DEPLOY |= {name: url for name, url in QUEUES.items() if name != "INTAKE_QUEUE_URL"}
IDLE = {"IDLE_AFTER_MINUTES": "1", "IDLE_MARGIN_MINUTES": "0"}
TEAR_DOWN = {"TEAR_DOWN_MODE": "enforce", "PURGE_AFTER_DAYS": "30", "MAX_TEAR_DOWNS_PER_RUN": "10"}
TEAR_DOWN |= {"MAX_TEAR_DOWN_PERCENT": "50", "JOURNAL_LOG_GROUP": "/ebb/ebb/journal"}
TEAR_DOWN |= {"IMAGE_PATCHES_UNTIL": "3.2-0=2027-05-13"}

LIMITING = ["AllowedInstanceTypes", "MaxTrainingMinutes", "MaxProvisionedConcurrency", "XGBoostVersion"]


def test_texts_are_taken_as_they_are_and_numbers_as_numbers() -> None:
    settings = DeployEndpointSettings.from_environment(DEPLOY)
    assert settings == DeployEndpointSettings(
        stack="ebb",
        prefix="ebb",
        bucket="ebb-data",
        ledger_table="ledger",
        training_image="xgboost:3.2-0",
        allowed_instance_types="ml.m5.*",
        max_training_minutes=240,
        max_provisioned_concurrency=2,
        deploy_queue_url="https://deploy",
        confirm_queue_url="https://confirm",
        serving_role_arn="arn:role",
        max_wait_hours=24,
    )
    assert settings.limits == SettingsLimits("ml.m5.*", 240, 2, "3.2-0")


def test_zero_is_a_number_like_any_other() -> None:
    settings = TearDownIdleSettings.from_environment(SHARED | QUEUES | IDLE | TEAR_DOWN)
    assert (settings.idle_margin_minutes, settings.purge_after_days, settings.max_tear_down_percent) == (0, 30, 50)


@pytest.mark.parametrize(("mode", "reports"), [("enforce", False), ("report", True), ("Enforce", True), ("off", True)])
def test_only_what_says_enforce_is_enforced(mode: str, *, reports: bool) -> None:
    environment = SHARED | QUEUES | IDLE | TEAR_DOWN | {"TEAR_DOWN_MODE": mode}
    assert TearDownIdleSettings.from_environment(environment).only_reports is reports


def test_what_a_model_toml_may_ask_is_the_stacks_with_the_version_of_its_image(limits: StartTrainingSettings) -> None:
    assert limits.limits == SettingsLimits("ml.m5.*,ml.c5.*", 240, 2, "3.2-0")


def test_the_defaults_of_what_a_model_toml_may_ask_are_the_templates() -> None:
    template = (Path(__file__).parents[3] / "template.yaml").read_text()
    defaults = dict(re.findall(r"^  (\w+):\n    Type: \w+\n    Default: (.+)$", template, re.MULTILINE))
    assert [defaults[name].strip('"') for name in LIMITING] == [str(value) for value in astuple(SettingsLimits())]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (FunctionSettings, ["STACK", "PREFIX", "BUCKET", "LEDGER_TABLE"]),
        (
            StartTrainingSettings,
            [
                *SHARED,
                *LIMITS,
                *("TRAINING_ROLE_ARN", "MAX_DATASET_GB", "INTAKE_QUEUE_URL", "MAX_WAIT_HOURS"),
            ],
        ),
        (
            DeployEndpointSettings,
            [*SHARED, "DEPLOY_QUEUE_URL", "CONFIRM_QUEUE_URL", *LIMITS, "SERVING_ROLE_ARN", "MAX_WAIT_HOURS"],
        ),
        (
            ConfirmEndpointSettings,
            [*SHARED, "DEPLOY_QUEUE_URL", "CONFIRM_QUEUE_URL", "MAX_WAIT_HOURS", "LOG_RETENTION_DAYS"],
        ),
        (TearDownIdleSettings, [*SHARED, *QUEUES, *IDLE, *TEAR_DOWN]),
        (PredictSettings, [*SHARED, *IDLE]),
    ],
)
def test_everything_that_is_missing_is_named_at_once(kind: type[FunctionSettings], names: list[str]) -> None:
    with pytest.raises(ConfigurationError) as missing:
        kind.from_environment({})
    assert str(missing.value) == f"not set in the environment: {', '.join(names)}"


@pytest.mark.parametrize("name", DEPLOY)
def test_an_empty_value_is_missing(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f": {name}$"):
        DeployEndpointSettings.from_environment(DEPLOY | {name: ""})


@pytest.mark.parametrize("text", ["many", "1.5", "24 h"])
def test_what_is_no_number_is_named_with_its_value(text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"MAX_WAIT_HOURS: '{text}' is not a whole number"):
        DeployEndpointSettings.from_environment(DEPLOY | {"MAX_WAIT_HOURS": text})
