"""What can be set about the local cloud, from the environment."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Durations in seconds of the cloud's own (movable) time.

    training_seconds: what SageMaker adds around the algorithm: instance, image and data.
    endpoint_seconds: how long an endpoint stays Creating or Updating.
    warm_seconds: how long a serverless instance is kept after its last call.
    delete_seconds: how long an endpoint, or a training job, stays Deleting.
    s3_events_seconds: how long after EventBridge is enabled on a bucket its events are lost; on AWS about 300.

    Limits of real time, for tests that cannot wait for AWS's:
    start_seconds: a container must answer its first ping, the download of its model included.
    answer_seconds: a container must answer a call.

    And the account's quotas in each region:
    training_instances: instances of one type at work in training jobs.
    hosting_instances: instances of one type behind endpoints.
    serverless_endpoints: endpoints with a serverless variant.
    serverless_concurrency: the MaxConcurrency of all serverless endpoints together.
    """

    port: int = 4566
    account: str = "123456789012"
    access_key: str = "AKIALOCALADMINISTRAT"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    training_seconds: float = 2.0
    endpoint_seconds: float = 2.0
    delete_seconds: float = 1.0
    warm_seconds: float = 60.0
    s3_events_seconds: float = 0.0
    start_seconds: float = 180.0
    answer_seconds: float = 60.0
    training_instances: int = 20
    hosting_instances: int = 20
    serverless_endpoints: int = 50
    serverless_concurrency: int = 1000
    function_python: Path = Path(sys.executable)

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


NUMBERS = {
    known.name: float if known.type == "float" else int
    for known in fields(Settings)
    if known.type in ("float", "int") and known.name != "port"
}


def from_environment(port: int | None = None) -> Settings:
    """Each setting from the variable of its name in capitals; the secret from AWS_SECRET_ACCESS_KEY."""
    env = os.environ
    given: dict[str, object] = {}
    for name, number in NUMBERS.items():
        if name.upper() in env:
            given[name] = number(env[name.upper()])
    if "FUNCTION_PYTHON" in env:
        given["function_python"] = Path(env["FUNCTION_PYTHON"])
    if "AWS_SECRET_ACCESS_KEY" in env:
        given["secret"] = env["AWS_SECRET_ACCESS_KEY"]
    return Settings(port=port or int(env.get("PORT", "4566")), **given)  # type: ignore[arg-type]
