"""The deployed stack in a local cloud of each pytest worker's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.tide import Tide


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local cloud without a stack, as quick as it can be."""
    # Every test of the worker leaves endpoints behind: together they must not meet the account's quotas.
    roomy: dict[str, Any] = {
        "training_instances": 1000,
        "serverless_endpoints": 1000,
        "serverless_concurrency": 100_000,
    }
    settings = Settings(
        port=free_port(),
        training_seconds=0.2,
        endpoint_seconds=0.2,
        delete_seconds=0.1,
        hosting_instances=1000,
        **roomy,
    )
    with Server(settings, Path(tmp_path_factory.mktemp("cloud")) / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def tide(cloud: Server) -> Tide:
    """The whole of Ebb, deployed by the SAM CLI."""
    stack.build()
    stack.deploy(cloud.admin)
    return Tide(cloud, stack.outputs(cloud.admin))
