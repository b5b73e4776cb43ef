"""Before an endpoint is deleted: whether everything is there that brings it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.clients import Clients
from ebb.errors import EbbError, code_of, is_denied, is_gone, is_missing_object, message_of

_FORBIDDEN = ("403", "AccessDenied")


class NotRestorableError(EbbError):
    """Deleted now, it could not be brought back: something that it is made of is missing, and is named."""


@dataclass(frozen=True)
class Restorable:
    """`own_bucket`: where the artifacts of our own models are; others are somebody else's, and not for us to read."""

    clients: Clients
    own_bucket: str

    def prove(self, config: str) -> dict[str, str]:
        """Model and artifact of a config that is there with all of it; else NotRestorableError."""
        found = self._described(
            "the config", config, lambda sagemaker: sagemaker.describe_endpoint_config(EndpointConfigName=config)
        )
        name = found["ProductionVariants"][0]["ModelName"]
        model = self._described("the model", name, lambda sagemaker: sagemaker.describe_model(ModelName=name))
        container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
        artifact = str(container.get("ModelDataUrl", ""))
        self.prove_artifact(artifact)
        return {"config": config, "model": name, "artifact": artifact, "image": str(container.get("Image", ""))}

    def prove_artifact(self, url: str) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        if bucket != self.own_bucket:
            return
        try:
            self.clients.s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if is_missing_object(error) or code_of(error) in _FORBIDDEN:
                raise NotRestorableError(f"its artifact {url} is not there") from error
            raise

    def _described(self, what: str, name: str, describe: Any) -> dict[str, Any]:
        try:
            return dict(describe(self.clients.sagemaker))
        except ClientError as error:
            if is_gone(error) or is_denied(error):
                raise NotRestorableError(f"{what} {name} is not there, or not ours: {message_of(error)}") from error
            raise
