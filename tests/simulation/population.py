"""Who has endpoints in the simulated account: our models, another stack, strangers, and what was put into our care."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from tests.emulated.deployments import DATASET, ERROR, IMAGE, LABELS, off_by
from tests.emulated.stack import BUCKET

if TYPE_CHECKING:
    from tests.simulation.world import World

_LIMITS = SettingsLimits("ml.m5.*", 240, 4, "3.2-0")
_SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}
_ON_INSTANCE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


_TASK = {"objective": "reg:squarederror", "num_class": None, "rows": {"validation": len(LABELS)}}


def run_of(model: str, number: int) -> str:
    """The higher the number, the newer the run."""
    return f"ebb-{model}-2611220{number // 60:02d}{number % 60:02d}0-k3v7q"


def train(world: World, model: str, number: int, toml: str = "", dataset: Any = DATASET, error: float = ERROR) -> str:
    """A job of this model has ended; deploy_endpoint is told of it."""
    run, sagemaker = run_of(model, number), world.sagemaker
    arn = sagemaker.create_training_job(
        TrainingJobName=run,
        AlgorithmSpecification={"TrainingImage": IMAGE},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/runs/{model}"},
        Tags=[{"Key": "ebb:stack", "Value": "ebb"}],
    )["TrainingJobArn"]
    sagemaker.end_job(run, metrics={"validation:rmse": error})
    kept = {
        "settings.json": json.dumps(read_settings(toml, _LIMITS).as_json()),
        "smoke.csv": "".join(f"{label},{label}.5,0.25\n" for label in LABELS),
        "dataset.json": json.dumps(_TASK | dataset),
        "output/model.tar.gz": "",
    }
    for name, text in kept.items():
        world.keeps(f"runs/{model}/{run}/{name}", text)
    world.runtime.models[run] = off_by(error)
    detail = {"TrainingJobName": run, "TrainingJobArn": arn, "TrainingJobStatus": "Completed"}
    event = {"source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", "detail": detail}
    world.sqs.send_message(QueueUrl="deploy", MessageBody=json.dumps(event))
    return run


def put_endpoint(world: World, name: str, *, serverless: bool = True, config: str = "", **tags: Any) -> None:
    """Somebody's own; `idle_after` puts it into our care, `stack` says whose it is."""
    config, sagemaker = config or f"{name}-config", world.sagemaker
    if config not in sagemaker.configs:
        sagemaker.create_model(ModelName=config, PrimaryContainer={"ModelDataUrl": "s3://theirs/model.tar.gz"})
        variant = {"VariantName": "AllTraffic", "ModelName": config} | (_SERVERLESS if serverless else _ON_INSTANCE)
        sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    told = [{"Key": f"ebb:{key.replace('_', '-')}", "Value": value} for key, value in tags.items()]
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=told)
