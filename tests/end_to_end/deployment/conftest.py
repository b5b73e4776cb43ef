"""One stack for all tests of this folder, which order misbehaviour of the whole cloud and move its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.tide import Tide

CLEAR = (None, "clear")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the account's default quotas, but for what tests of the training quota order themselves."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.3, delete_seconds=0.1)
    with Server(settings, Path(tmp_path_factory.mktemp("cloud")) / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def tide(cloud: Server, built: None) -> Tide:
    """Nothing falls asleep, however far the clock is moved."""
    stack.deploy(cloud.admin, ("IdleAfterMinutes=43200",))
    return Tide(cloud, stack.outputs(cloud.admin))


@pytest.fixture(autouse=True)
def _undisturbed(cloud: Server) -> Iterator[None]:
    """Nobody inherits a misbehaviour or a fault."""
    yield
    assert {name: value for name, value in cloud.door("misbehave").items() if value not in CLEAR} == {}
    assert cloud.door("faults")["faults"] == []
