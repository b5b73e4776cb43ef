"""A config that was removed, and its model, made anew from what is kept: the run's folder, its job and its artifact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from ebb.clients import Clients
from ebb.config_settings import ConfigSettings
from ebb.deploy_endpoint.endpoint_change import unless_there
from ebb.deploy_endpoint.resource_arns import ResourceArns
from ebb.deployment import config_request, model_request
from ebb.environment import DeployEndpointSettings
from ebb.errors import EbbError, is_denied, is_gone, is_missing_object, is_refused
from ebb.names import ModelName, RunId, run_folder, run_of_config
from ebb.own_endpoints import OwnEndpoints
from ebb.resource_tags import tags_of_run
from ebb.run_folder import DATASET, SETTINGS, RunFolder

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
