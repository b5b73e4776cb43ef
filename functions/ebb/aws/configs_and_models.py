"""The configs and models that runs of one of our models have left in SageMaker, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_denied, is_gone
from ebb.aws.clients import Clients
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import STACK_TAG
from ebb.environment import FunctionSettings
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


@dataclass(frozen=True)
class Removing:
    """Foreign configs that use one of our models are not looked for: SageMaker has no list of them."""

    clients: Clients
    settings: FunctionSettings
    model: str

    def remove(self, is_over: Callable[[str], bool]) -> list[str]:
        """The names of what was removed. `is_over`: asked of each run."""
        named = (self.clients.sagemaker, self.settings.prefix, self.model)
        configs = {name: arn for name, arn in configs_of(*named).items() if is_over(run_of_config(name))}
        models = {name: arn for name, arn in models_of(*named).items() if is_over(run_of_config(name))}
        if not configs and not models:
            return []
        used = set(self._used_configs())
        kept = {run_of_config(name) for name in configs if name in used}
        removed = []
        for name, arn in configs.items():
            delete = partial(self.clients.sagemaker.delete_endpoint_config, EndpointConfigName=name)
            if name not in used and self._remove(arn, delete):
                removed.append(name)
        for name, arn in models.items():
            delete = partial(self.clients.sagemaker.delete_model, ModelName=name)
            if run_of_config(name) not in kept and self._remove(arn, delete) and name not in removed:
                removed.append(name)
        return removed

    def _remove(self, arn: str, delete: Callable[[], object]) -> bool:
        """False when somebody else was quicker, or it is somebody else's. What IAM forbids is not passed over."""
        if not self._is_ours(arn):
            return False
        try:
            delete()
        except ClientError as error:
            # What is not there any more has no tags to allow it by.
            if not is_gone(error) and not (is_denied(error) and not self._is_ours(arn)):
                raise
            return False
        return True

    def _is_ours(self, arn: str) -> bool:
        own = OwnEndpoints(self.clients.sagemaker, self.settings.stack)
        try:
            return own.tags(arn).get(STACK_TAG) == self.settings.stack
        except ClientError as error:
            if not is_gone(error):
                raise
            return False

    def _used_configs(self) -> Iterator[str]:
        """By any endpoint of the account, as Search knows them, and by our own, as they are now."""
        request: dict[str, Any] = {"Resource": "Endpoint", "MaxResults": 100}
        while True:
            found = self.clients.sagemaker.search(**request)
            for result in found["Results"]:
                yield result["Endpoint"]["EndpointConfigName"]
            if not found.get("NextToken"):
                break
            request["NextToken"] = found["NextToken"]
        own = OwnEndpoints(self.clients.sagemaker, self.settings.stack)
        for name, _ in own.listed(f"{self.settings.prefix}-{self.model}"):
            if model_of_endpoint(self.settings.prefix, name) == self.model and (state := own.find(name)):
                yield from (state.config, state.target)
