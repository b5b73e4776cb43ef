"""The configs and models that runs of one of our models have left in SageMaker, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebb.names import model_of_run, run_of_config

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


def configs_of(sagemaker: SageMakerClient, prefix: str, model: str) -> dict[str, str]:
    """ARN by name; those derived from a run's first config included."""
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(
        NameContains=f"{prefix}-{model}-", PaginationConfig={"PageSize": 100}
    )
    found = {one["EndpointConfigName"]: one["EndpointConfigArn"] for page in pages for one in page["EndpointConfigs"]}
    return {name: arn for name, arn in found.items() if model_of_run(prefix, run_of_config(name)) == model}


def models_of(sagemaker: SageMakerClient, prefix: str, model: str) -> dict[str, str]:
    """ARN by name; those derived from a run's first model included."""
    pages = sagemaker.get_paginator("list_models").paginate(
        NameContains=f"{prefix}-{model}-", PaginationConfig={"PageSize": 100}
    )
    found = {one["ModelName"]: one["ModelArn"] for page in pages for one in page["Models"]}
    return {name: arn for name, arn in found.items() if model_of_run(prefix, run_of_config(name)) == model}
