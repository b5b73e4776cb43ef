"""The environment variables that change how the container answers."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from local.container.versions import NEWEST, ImageVersion

SERVERLESS_VARIABLE = "LOCAL_SERVERLESS"  # how the platform tells a container that it may write below /tmp only
_SIX_MEGABYTES = 6 * 1024**2
_TRUE = ("y", "yes", "t", "true", "on", "1")


@dataclass(frozen=True)
class ServingSettings:
    """What SageMaker's model environment can set (sagemaker-xgboost-container 3.2-0), and the image's version."""

    max_content_length: int = _SIX_MEGABYTES
    default_accept: str = "text/csv"
    selected_outputs: tuple[str, ...] | None = None
    ensemble: bool = True
    batch: bool = False
    version: ImageVersion = NEWEST
    nginx: bool = True
    serverless: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read them once, at start-up."""
        outputs = environment.get("SAGEMAKER_INFERENCE_OUTPUT")
        return cls(
            max_content_length=int(environment.get("MAX_CONTENT_LENGTH", _SIX_MEGABYTES)),
            default_accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv"),
            selected_outputs=None if outputs is None else tuple(outputs.replace(" ", "").lower().split(",")),
            ensemble=environment.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true",
            batch=bool(environment.get("SAGEMAKER_BATCH")),
            version=ImageVersion.from_environment(environment),
            nginx=environment.get("SAGEMAKER_USE_NGINX", "true").lower() in _TRUE,
            serverless=SERVERLESS_VARIABLE in environment,
        )

    def write_nginx_configuration(self) -> None:
        """PermissionError on serverless, where `serve` of image 3.x runs as a user that may not write there."""
        if self.nginx and self.serverless and self.version.since("3.0-5"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/etc/sagemaker-nginx.conf")
