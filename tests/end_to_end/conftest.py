"""The deployed stack in a local cloud of each pytest worker's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.tide import Tide


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local cloud without a stack, as quick as it can be."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.2, delete_seconds=0.1)
    with Server(settings, Path(tmp_path_factory.mktemp("cloud")) / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def tide(cloud: Server) -> Tide:
    """The whole of Ebb, deployed by the SAM CLI."""
    stack.build()
    stack.deploy(cloud.admin)
    return Tide(cloud, stack.outputs(cloud.admin))
