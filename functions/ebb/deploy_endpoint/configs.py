"""Configs and models of a run: made, made again after they were removed, and made anew with other settings.

A config of other settings, of the same artifact, encoding and job, is named `<run>-2`, `<run>-3` and so on; `<run>-od`
is the one without provisioned concurrency. Whatever is made here, twice, or half and then again, it ends the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_denied, is_gone, is_missing_object, is_refused
from ebb.aws.configs_and_models import configs_of
from ebb.aws.tags import KEEP_TAG, tags_of, tags_of_run
from ebb.bucket.config_settings import AWAITED, ConfigSettings
from ebb.bucket.run_folder import DATASET, SETTINGS, RunFolder, split_uri
from ebb.context import Context
from ebb.deploy_endpoint.create_or_update import own_arn, unless_there
from ebb.environment import DeployEndpointSettings
from ebb.errors import ConflictError, EbbError
from ebb.ledger.endpoint_row import EndpointRow, Wanted
from ebb.names import ModelName, RunId, run_of_config
from ebb.settings.container_environment import OWN
from ebb.settings.model_settings import Idle, ModelSettings
from ebb.settings.training_and_endpoint import Endpoint

REMEDY = "upload again to train"
_NUMBERS = range(2, 100)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_Context = Context[DeployEndpointSettings]


class NoNameLeftError(EbbError):
    """The run has had as many configs as names have room for."""


class LostError(EbbError):
    """Something is gone that it cannot be made without; the message says what, and what to do."""


def model_request(
    run: str,
    job: Mapping[str, Any],
    role_arn: str,
    tags: list[dict[str, str]],
    environment: Mapping[str, str] = _NOTHING,
) -> dict[str, Any]:
    """CreateModel. Served by the very image that trained it: other versions answer wrongly without an error."""
    return {
        "ModelName": run,
        "ExecutionRoleArn": role_arn,
        "PrimaryContainer": {
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": dict(environment) | OWN,
        },
        "Tags": tags,
    }


def config_request(
    run: str, settings: Endpoint, encoding: str, tags: list[dict[str, str]], model: str = ""
) -> dict[str, Any]:
    """CreateEndpointConfig for one serverless variant, whose name tells which encoding its answers belong to.

    `model`: named like the config unless it is given.
    """
    serverless = {"MemorySizeInMB": settings.memory_mb, "MaxConcurrency": settings.max_concurrency}
    if settings.provisioned_concurrency:
        serverless["ProvisionedConcurrency"] = settings.provisioned_concurrency
    variant = {"VariantName": f"v-{encoding}", "ModelName": model or run, "ServerlessConfig": serverless}
    return {"EndpointConfigName": run, "ProductionVariants": [variant], "Tags": tags}


def create_model(
    context: _Context, name: str, model: str, job: Mapping[str, Any], environment: Mapping[str, str], **tags: str
) -> None:
    """Named like the run, or like the config that has another environment: that is the model's, not the config's."""
    told = [*_tags_of(context, name, model), *tags_of(tags)]
    request = model_request(name, job, context.settings.serving_role_arn, told, environment)
    unless_there(lambda: context.clients.sagemaker.create_model(**request))


def create_first_config(context: _Context, run: str, model: str, endpoint: Endpoint, encoding: str) -> None:
    """Named like its run and its model."""
    _create_config(context, config_request(run, endpoint, encoding, _tags_of(context, run, model)))


def rebuild(context: _Context, model: str, config: str) -> None:
    """What is there already stays as it is. LostError when it cannot be done without training."""
    run, folder = run_of_config(config), context.folder(model, config)
    job, encoding = _job(context, run), _encoding(folder)
    _require_artifact(context, job["ModelArtifacts"]["S3ModelArtifacts"])
    kept = ConfigSettings(folder, config).settings().endpoint
    own = ConfigSettings(folder, run).settings().endpoint
    name = run if kept.environment == own.environment else config
    create_model(context, name, model, job, kept.environment)
    _create_config(context, config_request(config, kept, encoding, _tags_of(context, run, model), name))


def downgrade(context: _Context, row: EndpointRow, wanted: Wanted) -> None:
    """Makes the config without provisioned concurrency that the row wants.

    ConflictError: the row now wants another one, because `<run>-od` is of an earlier downgrade, from other settings; or
    nothing at all, because there is nothing to take away.
    """
    later = LaterConfig(context, row)
    live = later.live_settings
    if not live.endpoint.provisioned_concurrency:
        _want(context, row.back(context.now, no_downgrade=True), f"{row.live_config} is on demand already")
    endpoint = replace(live.endpoint, provisioned_concurrency=0)
    name = later.name(endpoint, wanted.config)
    if name != wanted.config:
        _want(context, replace(row, wanted=replace(wanted, config=name)), f"it is {name}")
    later.make(name, endpoint, live.idle)


@dataclass(frozen=True)
class LaterConfig:
    """A further config of the live run. What is read of the live one is read once."""

    context: _Context
    row: EndpointRow

    @cached_property
    def live_settings(self) -> ModelSettings:
        """What the live config was made with."""
        return ModelSettings.from_json(self._live_content)

    @property
    def live(self) -> ConfigSettings:
        return self._of(self.row.live_config)

    @property
    def is_awaited(self) -> bool:
        """Whether other settings were put off until it is live."""
        return AWAITED in self._live_content

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
        sagemaker, model = self.context.clients.sagemaker, self.row.model
        rest = {fact: value for fact, value in self._live_content.items() if fact != AWAITED}
        self._of(name).keep(rest | {"endpoint": asdict(endpoint), "idle": asdict(idle)})
        if name in self._there:
            return
        found: Any = sagemaker.describe_endpoint_config(EndpointConfigName=self.row.live_config)
        variant, kept = found["ProductionVariants"][0], self._kept(found["EndpointConfigArn"])
        its_model = variant["ModelName"]
        if endpoint.environment != self.live_settings.endpoint.environment:
            job: Any = sagemaker.describe_training_job(TrainingJobName=self.run)
            create_model(self.context, name, model, job, endpoint.environment)
            its_model = name
        tags = [*_tags_of(self.context, self.run, model), *kept]
        request = config_request(name, endpoint, "", tags, its_model)
        request["ProductionVariants"][0]["VariantName"] = variant["VariantName"]
        _create_config(self.context, request)

    @property
    def run(self) -> str:
        return self.row.live_run

    @cached_property
    def _live_content(self) -> dict[str, Any]:
        return self.live.content()

    @cached_property
    def _there(self) -> list[str]:
        found = configs_of(self.context.clients.sagemaker, self.context.settings.prefix, self.row.model)
        return [name for name in found if run_of_config(name) == self.run]

    def _free(self, preferred: str) -> Iterator[str]:
        if preferred:
            yield preferred
        yield from (f"{self.run}-{number}" for number in _NUMBERS)
        raise NoNameLeftError(
            f"{self.run} has had {len(_NUMBERS)} other configs, which is all that there are names for"
        )

    def _of(self, config: str) -> ConfigSettings:
        return ConfigSettings(self.context.folder(self.row.model, self.run), config)

    def _kept(self, arn: str) -> list[dict[str, str]]:
        """A person's ebb:keep, which must not be lost when this one is the live config."""
        found = self.context.own.tags(arn)
        return [{"Key": KEEP_TAG, "Value": found[KEEP_TAG]}] if KEEP_TAG in found else []


def _tags_of(context: _Context, config: str, model: str) -> list[dict[str, str]]:
    return tags_of_run(context.settings.stack, ModelName(model), RunId(run_of_config(config)))


def _create_config(context: _Context, request: dict[str, Any]) -> None:
    unless_there(lambda: context.clients.sagemaker.create_endpoint_config(**request))


def _want(context: _Context, row: EndpointRow, why: str) -> None:
    context.ledger.write_endpoint(row)
    raise ConflictError(f"another config is wanted of {row.model}: {why}")


def _job(context: _Context, run: str) -> dict[str, Any]:
    try:
        job: dict[str, Any] = dict(context.clients.sagemaker.describe_training_job(TrainingJobName=run))
    except ClientError as error:
        if not is_refused(error) and not (is_denied(error) and _has_no_job(context, run)):
            raise
        raise LostError(f"its training job {run} is gone: {REMEDY}") from error
    if "S3ModelArtifacts" not in job.get("ModelArtifacts", {}):
        raise LostError(f"its training job {run} has left no model: {REMEDY}")
    return job


def _has_no_job(context: _Context, run: str) -> bool:
    """What is not there has no tags, so AWS answers that it is forbidden, not that it is missing."""
    try:
        context.own.tags(own_arn(context, "training-job", run))
    except ClientError as error:
        if not is_gone(error):
            raise
        return True
    return False


def _encoding(folder: RunFolder) -> str:
    for name in (SETTINGS, DATASET):
        if folder.find(name) is None:
            raise LostError(f"{folder.key(name)} is gone from {folder.bucket}: {REMEDY}")
    return str(folder.require(DATASET)["encoding"])


def _require_artifact(context: _Context, uri: str) -> None:
    bucket, key = split_uri(uri)
    try:
        context.clients.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if not is_missing_object(error):
            raise
        raise LostError(f"its artifact {uri} is gone: {REMEDY}") from error
