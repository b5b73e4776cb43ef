"""What can be set about the local cloud, from the environment."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Durations in seconds of the cloud's own (movable) time.

    training_seconds: what SageMaker adds around the algorithm: instance, image and data.
    endpoint_seconds: how long an endpoint stays Creating or Updating.
    warm_seconds: how long a serverless instance is kept after its last call.
    delete_seconds: how long an endpoint stays Deleting.
    """

    port: int = 4566
    account: str = "123456789012"
    access_key: str = "AKIALOCALADMINISTRAT"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    training_seconds: float = 2.0
    endpoint_seconds: float = 2.0
    delete_seconds: float = 1.0
    warm_seconds: float = 60.0
    function_python: Path = Path(sys.executable)

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def from_environment(port: int | None = None) -> Settings:
    """Each setting from the variable of its name in capitals; the secret from AWS_SECRET_ACCESS_KEY."""
    env = os.environ
    given: dict[str, object] = {}
    for name in ("training_seconds", "endpoint_seconds", "delete_seconds", "warm_seconds"):
        if name.upper() in env:
            given[name] = float(env[name.upper()])
    if "FUNCTION_PYTHON" in env:
        given["function_python"] = Path(env["FUNCTION_PYTHON"])
    if "AWS_SECRET_ACCESS_KEY" in env:
        given["secret"] = env["AWS_SECRET_ACCESS_KEY"]
    return Settings(port=port or int(env.get("PORT", "4566")), **given)  # type: ignore[arg-type]
