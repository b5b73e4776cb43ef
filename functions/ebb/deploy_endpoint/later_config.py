"""A further config of the live run: other settings of its endpoint, the same artifact, encoding and job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ebb.clients import Clients
from ebb.config_settings import AWAITED, ConfigSettings
from ebb.deploy_endpoint.endpoint_change import unless_there
from ebb.deployment import config_request, model_request
from ebb.endpoint_row import EndpointRow
from ebb.environment import DeployEndpointSettings
from ebb.errors import EbbError
from ebb.model_resources import configs_of
from ebb.names import ModelName, RunId, run_folder, run_of_config
from ebb.own_endpoints import OwnEndpoints
from ebb.resource_tags import KEEP_TAG, tags_of_run
from ebb.run_folder import RunFolder
from ebb.settings.endpoint import Endpoint
from ebb.settings.model_settings import Idle, ModelSettings

_NUMBERS = range(2, 100)


class NoNameLeftError(EbbError):
    """The run has had as many configs as names have room for."""


@dataclass(frozen=True)
class LaterConfig:
    clients: Clients
    settings: DeployEndpointSettings
    row: EndpointRow

    @property
    def live(self) -> ConfigSettings:
        return self._of(self.row.live_config)

    @cached_property
    def live_settings(self) -> ModelSettings:
        """What the live config was made with."""
        return ModelSettings.from_json(self._live_content)

    @property
    def is_awaited(self) -> bool:
        """Whether other settings were put off until it is live."""
        return AWAITED in self._live_content

    @cached_property
    def _live_content(self) -> dict[str, Any]:
        return self.live.content()

    def name(self, endpoint: Endpoint, preferred: str = "") -> str:
        """One that was made with just these settings, by an earlier attempt or long ago; else one that is free."""
        there = set(self._there)
        names = [preferred, self.run, *sorted(there)] if preferred else [self.run, *sorted(there)]
        for name in names:
            kept = self._of(name).find() if name in there else None
            if kept and ModelSettings.from_json(kept.content).endpoint == endpoint:
                return name
        return next(name for name in self._free(preferred) if name not in there)

    def make(self, name: str, endpoint: Endpoint, idle: Idle) -> None:
        """Twice, or half and then again, it ends the same way."""
        self._of(name).keep(self._content(endpoint, idle))
        if name in self._there:
            return
        found: Any = self.clients.sagemaker.describe_endpoint_config(EndpointConfigName=self.row.live_config)
        variant, kept = found["ProductionVariants"][0], self._kept(found["EndpointConfigArn"])
        model = variant["ModelName"]
        if endpoint.environment != self.live_settings.endpoint.environment:
            model = self._make_model(name, endpoint)
        request = config_request(name, endpoint, "", [*self._tags, *kept])
        request["ProductionVariants"][0] |= {"VariantName": variant["VariantName"], "ModelName": model}
        unless_there(lambda: self.clients.sagemaker.create_endpoint_config(**request))

    @property
    def run(self) -> RunId:
        return RunId(self.row.live_run)

    @property
    def _tags(self) -> list[dict[str, str]]:
        return tags_of_run(self.settings.stack, ModelName(self.row.model), self.run)

    @cached_property
    def _there(self) -> list[str]:
        found = configs_of(self.clients.sagemaker, self.settings.prefix, self.row.model)
        return [name for name in found if run_of_config(name) == self.run]

    def _free(self, preferred: str) -> Iterator[str]:
        if preferred:
            yield preferred
        yield from (f"{self.run}-{number}" for number in _NUMBERS)
        raise NoNameLeftError(
            f"{self.run} has had {len(_NUMBERS)} other configs, which is all that there are names for"
        )

    def _of(self, config: str) -> ConfigSettings:
        folder = RunFolder(self.clients.s3, self.settings.bucket, run_folder(ModelName(self.row.model), self.run))
        return ConfigSettings(folder, config)

    def _content(self, endpoint: Endpoint, idle: Idle) -> dict[str, Any]:
        rest = {name: fact for name, fact in self._live_content.items() if name != AWAITED}
        return rest | {"endpoint": asdict(endpoint), "idle": asdict(idle)}

    def _make_model(self, name: str, endpoint: Endpoint) -> str:
        """An environment is the model's, not the config's."""
        job: Any = self.clients.sagemaker.describe_training_job(TrainingJobName=self.run)
        role = self.settings.serving_role_arn
        request = model_request(name, job, role, self._tags, endpoint.environment)
        unless_there(lambda: self.clients.sagemaker.create_model(**request))
        return name

    def _kept(self, arn: str) -> list[dict[str, str]]:
        """A person's ebb:keep, which must not be lost when this one is the live config."""
        found = OwnEndpoints(self.clients.sagemaker, self.settings.stack).tags(arn)
        return [{"Key": KEEP_TAG, "Value": found[KEEP_TAG]}] if KEEP_TAG in found else []
