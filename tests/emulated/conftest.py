"""The stack on moto, and the settings that template.yaml would give its functions."""

from collections.abc import Callable, Iterator

import pytest

from ebb.context import Context
from ebb.environment import ConfirmEndpointSettings, DeployEndpointSettings, StartTrainingSettings
from ebb.messaging.messages import TrainingEnded
from tests.emulated.deployments import Deploying, Deployments
from tests.emulated.intake import Intake
from tests.emulated.quick_clients import share_descriptions
from tests.emulated.quick_moto import moto
from tests.emulated.stack import BUCKET, ENDPOINT, GOOD_ROWS, NOW, REGION, TABLE, Stack, deployed


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    share_descriptions(monkeypatch)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def stack(credentials: None) -> Iterator[Stack]:
    with moto():
        yield deployed()


@pytest.fixture
def start_settings(stack: Stack) -> StartTrainingSettings:
    return StartTrainingSettings(
        stack="ebb",
        prefix="ebb",
        bucket=BUCKET,
        ledger_table=TABLE,
        training_role_arn="arn:aws:iam::123456789012:role/training",
        training_image="492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        allowed_instance_types="ml.m5.*",
        max_training_minutes=240,
        max_provisioned_concurrency=0,
        max_dataset_gb=1,
        intake_queue_url=stack.intake_queue,
        max_wait_hours=24,
    )


@pytest.fixture
def deploy_settings(stack: Stack) -> DeployEndpointSettings:
    return DeployEndpointSettings(
        stack="ebb",
        prefix="ebb",
        bucket=BUCKET,
        ledger_table=TABLE,
        training_image="492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        allowed_instance_types="ml.m5.*",
        max_training_minutes=240,
        max_provisioned_concurrency=4,
        serving_role_arn="arn:aws:iam::123456789012:role/serving",
        deploy_queue_url=stack.deploy_queue,
        confirm_queue_url=stack.confirm_queue,
        max_wait_hours=24,
    )


@pytest.fixture
def confirm_settings(stack: Stack) -> ConfirmEndpointSettings:
    return ConfirmEndpointSettings(
        stack="ebb",
        prefix="ebb",
        bucket=BUCKET,
        ledger_table=TABLE,
        deploy_queue_url=stack.deploy_queue,
        confirm_queue_url=stack.confirm_queue,
        max_wait_hours=24,
        log_retention_days=30,
    )


@pytest.fixture
def runs(
    stack: Stack,
    start_settings: StartTrainingSettings,
    deploy_settings: DeployEndpointSettings,
    confirm_settings: ConfirmEndpointSettings,
) -> Deployments:
    return Deployments(stack, deploy_settings, confirm_settings, start_settings.limits)


@pytest.fixture
def intake(stack: Stack, start_settings: StartTrainingSettings) -> Intake:
    return Intake(Context(stack.clients, start_settings, NOW))


@pytest.fixture
def deploying(stack: Stack, deploy_settings: DeployEndpointSettings) -> Deploying:
    return Deploying(Context(stack.clients, deploy_settings, NOW))


@pytest.fixture
def trained(stack: Stack, intake: Intake) -> Callable[[str], TrainingEnded]:
    """A run whose job is complete, from an upload with this model.toml."""

    def train(toml: str) -> TrainingEnded:
        stack.upload("datasets/abalone/model.toml", toml.encode())
        job = intake.take(stack.upload("datasets/abalone/abalone.csv", GOOD_ROWS))["run"]
        stack.sagemaker.end_job(job)
        return TrainingEnded(job, stack.sagemaker.jobs[job]["TrainingJobArn"])

    return train


@pytest.fixture
def behind(stack: Stack) -> Callable[..., None]:
    """An endpoint that is there already, on this config, in this state, with these tags."""

    def place(config: str, status: str = "InService", name: str = ENDPOINT, **tags: str) -> None:
        told = {"ebb:stack": "ebb", "ebb:model": "abalone"} | {f"ebb:{key}": value for key, value in tags.items()}
        if config not in stack.sagemaker.configs:
            variant = {"VariantName": "v-1", "ModelName": config}
            artifact = f"s3://{BUCKET}/runs/abalone/{config}/output/model.tar.gz"
            stack.sagemaker.create_model(ModelName=config, PrimaryContainer={"ModelDataUrl": artifact})
            stack.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
        stack.sagemaker.create_endpoint(
            EndpointName=name,
            EndpointConfigName=config,
            Tags=[{"Key": key, "Value": value} for key, value in told.items()],
        )
        stack.sagemaker.settle(name, status)
        stack.sagemaker.calls.clear()

    return place
