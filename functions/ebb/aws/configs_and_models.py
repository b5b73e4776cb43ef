"""The configs and models that runs of one of our models have left in SageMaker: found by name, and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_denied, is_gone
from ebb.aws.endpoints import OwnEndpoints, search_endpoints
from ebb.names import model_of_endpoint, model_of_run, run_of_config

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


def remove_runs(own: OwnEndpoints, prefix: str, model: str, is_over: Callable[[str], bool]) -> list[str]:
    """Configs and models of the runs that `is_over` says so of: only our own, and none that an endpoint uses.

    The names of what was removed. Foreign configs that use one of our models are not looked for: SageMaker has no list
    of them.
    """
    configs = {
        name: arn for name, arn in configs_of(own.sagemaker, prefix, model).items() if is_over(run_of_config(name))
    }
    models = {
        name: arn for name, arn in models_of(own.sagemaker, prefix, model).items() if is_over(run_of_config(name))
    }
    if not configs and not models:
        return []
    used = set(_used_configs(own, prefix, model))
    kept = {run_of_config(name) for name in configs if name in used}
    removed = []
    for name, arn in configs.items():
        delete = partial(own.sagemaker.delete_endpoint_config, EndpointConfigName=name)
        if name not in used and _remove(own, arn, delete):
            removed.append(name)
    for name, arn in models.items():
        delete = partial(own.sagemaker.delete_model, ModelName=name)
        if run_of_config(name) not in kept and _remove(own, arn, delete) and name not in removed:
            removed.append(name)
    return removed


def _remove(own: OwnEndpoints, arn: str, delete: Callable[[], object]) -> bool:
    """False when somebody else was quicker, or it is somebody else's. What IAM forbids is not passed over."""
    if not own.owns(arn):
        return False
    try:
        delete()
    except ClientError as error:
        # What is not there any more has no tags to allow it by.
        if not is_gone(error) and not (is_denied(error) and not own.owns(arn)):
            raise
        return False
    return True


def _used_configs(own: OwnEndpoints, prefix: str, model: str) -> Iterator[str]:
    """By any endpoint of the account, as Search knows them, and by our own, as they are now."""
    for found in search_endpoints(own.sagemaker):
        yield found["EndpointConfigName"]
    for name, _ in own.listed(f"{prefix}-{model}"):
        if model_of_endpoint(prefix, name) == model and (state := own.find(name)):
            yield from (state.config, state.target)
