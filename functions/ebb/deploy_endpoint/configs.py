"""A further config of the live run: other settings of its endpoint, the same artifact, encoding and job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from ebb.aws.arns import ResourceArns
from ebb.aws.client_errors import is_denied, is_gone, is_missing_object, is_refused
from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import KEEP_TAG, tags_of_run
from ebb.bucket.config_settings import AWAITED, ConfigSettings
from ebb.bucket.run_folder import DATASET, SETTINGS, RunFolder
from ebb.deploy_endpoint.create_or_update import unless_there
from ebb.environment import DeployEndpointSettings
from ebb.errors import ConflictError, EbbError
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, RunId, run_folder, run_of_config
from ebb.settings.model_settings import Endpoint, Idle, ModelSettings
from ebb.times import iso

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


_NOTHING: Mapping[str, str] = MappingProxyType({})


def model_request(
    run: str, job: dict[str, Any], role_arn: str, tags: list[dict[str, str]], environment: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """CreateModel. Served by the very image that trained it: other versions answer wrongly without an error."""
    return {
        "ModelName": run,
        "ExecutionRoleArn": role_arn,
        "PrimaryContainer": {
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            # One worker: each holds a copy of the model, and a serverless instance has little memory.
            "Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"} | dict(environment),
        },
        "Tags": tags,
    }


def config_request(run: str, settings: Endpoint, encoding: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """CreateEndpointConfig for one serverless variant, whose name tells which encoding its answers belong to."""
    serverless = {"MemorySizeInMB": settings.memory_mb, "MaxConcurrency": settings.max_concurrency}
    if settings.provisioned_concurrency:
        serverless["ProvisionedConcurrency"] = settings.provisioned_concurrency
    variant = {"VariantName": f"v-{encoding}", "ModelName": run, "ServerlessConfig": serverless}
    return {"EndpointConfigName": run, "ProductionVariants": [variant], "Tags": tags}


@dataclass(frozen=True)
class Downgrading:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    def make_config(self) -> None:
        """Twice, or half and then again, it ends the same way.

        ConflictError: the row now wants another one, because `<run>-od` is of an earlier downgrade, from other
        settings; or nothing at all, because there is nothing to take away.
        """
        assert self.row.wanted
        later = LaterConfig(self.clients, self.settings, self.row)
        live = later.live_settings
        if not live.endpoint.provisioned_concurrency:
            self._want(self.row.back(iso(self.now), no_downgrade=True), f"{self.row.live_config} is on demand already")
        endpoint = replace(live.endpoint, provisioned_concurrency=0)
        name = later.name(endpoint, self.row.wanted.config)
        if name != self.row.wanted.config:
            self._want(replace(self.row, wanted=replace(self.row.wanted, config=name)), f"it is {name}")
        later.make(name, endpoint, live.idle)

    def _want(self, row: EndpointRow, why: str) -> None:
        Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(row)
        raise ConflictError(f"another config is wanted of {row.model}: {why}")


REMEDY = "upload again to train"


class LostError(EbbError):
    """Something is gone that it cannot be made without; the message says what, and what to do."""


@dataclass(frozen=True)
class Rebuilding:
    clients: Clients
    settings: DeployEndpointSettings
    model: ModelName
    config: str

    def rebuild(self) -> None:
        """What is there already stays as it is. LostError when it cannot be done without training."""
        job, encoding = self._job(), self._encoding()
        self._require_artifact(job["ModelArtifacts"]["S3ModelArtifacts"])
        kept = ConfigSettings(self.folder, self.config).settings().endpoint
        our_tags = tags_of_run(self.settings.stack, self.model, self.run)
        # An environment is the model's, not the config's: another one than the run's own has a model of its own.
        own = ConfigSettings(self.folder, self.run).settings().endpoint
        name = self.run if kept.environment == own.environment else self.config
        model = model_request(name, job, self.settings.serving_role_arn, our_tags, kept.environment)
        unless_there(lambda: self.clients.sagemaker.create_model(**model))
        config = config_request(self.config, kept, encoding, our_tags)
        config["ProductionVariants"][0]["ModelName"] = name
        unless_there(lambda: self.clients.sagemaker.create_endpoint_config(**config))

    @property
    def run(self) -> RunId:
        return RunId(run_of_config(self.config))

    @cached_property
    def folder(self) -> RunFolder:
        return RunFolder(self.clients.s3, self.settings.bucket, run_folder(self.model, self.run))

    def _job(self) -> dict[str, Any]:
        try:
            job: dict[str, Any] = dict(self.clients.sagemaker.describe_training_job(TrainingJobName=self.run))
        except ClientError as error:
            if not is_refused(error) and not (is_denied(error) and self._has_no_job()):
                raise
            raise LostError(f"its training job {self.run} is gone: {REMEDY}") from error
        if "S3ModelArtifacts" not in job.get("ModelArtifacts", {}):
            raise LostError(f"its training job {self.run} has left no model: {REMEDY}")
        return job

    def _has_no_job(self) -> bool:
        """What is not there has no tags, so AWS answers that it is forbidden, not that it is missing."""
        arn = ResourceArns(self.clients, self.settings.serving_role_arn).of("training-job", self.run)
        try:
            OwnEndpoints(self.clients.sagemaker, self.settings.stack).tags(arn)
        except ClientError as error:
            if not is_gone(error):
                raise
            return True
        return False

    def _encoding(self) -> str:
        for name in (SETTINGS, DATASET):
            kept = self.folder.find(name)
            if kept is None:
                raise LostError(f"{self.folder.key(name)} is gone from {self.settings.bucket}: {REMEDY}")
        return str(self.folder.require(DATASET)["encoding"])

    def _require_artifact(self, uri: str) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            self.clients.s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if not is_missing_object(error):
                raise
            raise LostError(f"its artifact {uri} is gone: {REMEDY}") from error
