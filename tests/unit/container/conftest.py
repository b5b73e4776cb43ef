"""Jobs in `/opt/ml` folders, small models, and a server over a Unix socket."""

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import xgboost

from local.container.ml_folder import MlFolder

# Threads of several test workers spin against each other: seconds for a job of milliseconds.
xgboost.set_config(nthread=1)

REPOSITORY = Path(__file__).parents[3]
CSV_CHANNEL = {
    "ContentType": "text/csv",
    "TrainingInputMode": "File",
    "S3DistributionType": "FullyReplicated",
    "RecordWrapperType": "None",
}


def _rows(count: int = 40, seed: int = 1, separator: str = ",") -> str:
    """Return a label and three features a line, all of them negative or with three decimals."""
    chance = random.Random(seed)  # noqa: S311  (numbers for a test)
    lines = []
    for _ in range(count):
        features = [chance.gauss(0, 1) for _ in range(3)]
        label = 2 * features[0] + features[1] - features[2]
        lines.append(separator.join(f"{value:.3f}" for value in (label, *features)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def rows() -> Callable[..., str]:
    """A text of good rows, the same for the same seed."""
    return _rows


@dataclass
class Job:
    """What a training job is given; `write` lays it out as SageMaker does."""

    root: Path
    hyperparameters: dict[str, str] = field(default_factory=lambda: {"num_round": "3"})
    files: dict[str, str | bytes] = field(default_factory=lambda: {"train/data.csv": _rows()})
    channels: dict[str, dict[str, str]] | None = None
    hosts: list[str] = field(default_factory=lambda: ["algo-1"])

    def write(self) -> MlFolder:
        names = {file.partition("/")[0] for file in self.files}
        self._config("hyperparameters", self.hyperparameters)
        self._config("inputdataconfig", self.channels or dict.fromkeys(sorted(names), CSV_CHANNEL))
        self._config("resourceconfig", {"current_host": "algo-1", "hosts": self.hosts})
        for name, content in self.files.items():
            path = self.root / "input" / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return MlFolder(self.root)

    def start(self) -> subprocess.Popen[str]:
        self.write()
        command = [sys.executable, "-m", "local.container.train", str(self.root)]
        return subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def _config(self, name: str, content: object) -> None:
        path = self.root / "input" / "config" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job that would succeed."""
    return Job(tmp_path / "ml")


def _train(objective: str = "reg:squarederror", classes: int = 0, seed: int = 1) -> xgboost.Booster:
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(60, 3))
    labels = 2 * features[:, 0] - features[:, 1]
    if classes:
        labels = np.digitize(labels, np.linspace(-1, 1, classes - 1)).astype(np.float64)
    parameters = {"objective": objective, "max_depth": 3} | ({"num_class": classes} if "multi" in objective else {})
    return xgboost.train(parameters, xgboost.DMatrix(features, labels), 5)


@pytest.fixture(scope="session")
def trained() -> Callable[..., xgboost.Booster]:
    """A small model of three features."""
    return _train


class UnixConnection(HTTPConnection):
    """HTTP to a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


@dataclass
class Server:
    """A running serving process."""

    process: subprocess.Popen[bytes]
    socket_path: Path

    def connect(self) -> UnixConnection:
        return UnixConnection(self.socket_path)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        connection = self.connect()
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content


@contextmanager
def _serving(booster: xgboost.Booster, **environment: str) -> Iterator[Server]:
    with TemporaryDirectory(prefix="ml.") as folder:  # pytest's own folders are too long for a socket's name
        (Path(folder) / "model").mkdir()
        booster.save_model(Path(folder) / "model" / "model.ubj")
        socket_path = Path(folder) / "s"
        with subprocess.Popen(
            [sys.executable, "-m", "local.container.serve", folder, str(socket_path)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", **environment},
        ) as process:
            try:
                _wait_for(socket_path, process)
                yield Server(process, socket_path)
            finally:
                process.kill()


def _wait_for(socket_path: Path, process: subprocess.Popen[Any]) -> None:
    while not socket_path.exists():
        assert process.poll() is None, "the server ended before it listened"
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture(scope="module")
def server(trained: Callable[..., xgboost.Booster]) -> Iterator[Server]:
    """One server for the tests that leave it running."""
    with _serving(trained()) as running:
        yield running


@pytest.fixture
def serving() -> Callable[..., Any]:
    """Start a server of one's own, as a context."""
    return _serving
