"""A local cloud of each pytest worker's own, with the deployed stack where it is asked for."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.emulated.quick_clients import share_descriptions
from tests.end_to_end.tide import Tide


@pytest.fixture(scope="session", autouse=True)
def _descriptions() -> Iterator[None]:
    """A client is made in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        share_descriptions(patch)
        yield


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
def built(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What `sam deploy` takes is built once in a run, by the first worker that needs it."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (shared / "built").open("a") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not done.tell():
            stack.build()
            done.write("by sam build\n")


@pytest.fixture(scope="session")
def tide(cloud: Server, built: None) -> Tide:
    """The whole of Ebb, deployed by the SAM CLI."""
    stack.deploy(cloud.admin)
    return Tide(cloud, stack.outputs(cloud.admin))
