"""The environment variables that change how the container answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from local.container.versions import NEWEST, ImageVersion

_SIX_MEGABYTES = 6 * 1024**2


@dataclass(frozen=True)
class ServingSettings:
    """What SageMaker's model environment can set (sagemaker-xgboost-container 3.2-0), and the image's version."""

    max_content_length: int = _SIX_MEGABYTES
    default_accept: str = "text/csv"
    selected_outputs: tuple[str, ...] | None = None
    ensemble: bool = True
    batch: bool = False
    version: ImageVersion = NEWEST

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
        )
