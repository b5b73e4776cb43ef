"""A local cloud of these tests' own: its clock is moved by days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.in_process.shore import Coast


@pytest.fixture(scope="session")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coast]:
    settings = Settings(
        port=free_port(),
        training_seconds=0.01,
        endpoint_seconds=0.01,
        delete_seconds=0.01,
        training_instances=1000,
        serverless_endpoints=1000,
        serverless_concurrency=100_000,
    )
    with Server(settings, Path(tmp_path_factory.mktemp("coast")) / "server.log") as server:
        yield Coast(server)
