"""How it starts and ends: what it says, where it listens, and with whom it goes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from local.control import main as door
from local.server import Server, free_port
from local.settings import NUMBERS, from_environment
from local.stack import ROOT
from tests.end_to_end.tide import eventually

pytestmark = pytest.mark.usefixtures("own_temporary_folder")


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@contextmanager
def starting(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m local`, as a person would start it."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=kept | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """All that it prints until it is ready, or ends."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "ready\n":
            break
    return "".join(lines)


def test_it_says_what_it_is_and_where_and_how_a_client_gets_there() -> None:
    port = free_port()
    with starting(PORT=str(port)) as process:
        printed = said(process)

        url = f"http://127.0.0.1:{port}"
        assert "The local cloud: AWS on this machine" in printed
        assert f"Listening on {url}, nowhere else." in printed
        exported = dict(re.findall(r"(AWS_\w+)=(\S+)", printed))
        assert exported["AWS_ENDPOINT_URL"] == url
        session = boto3.session.Session(
            exported["AWS_ACCESS_KEY_ID"],
            exported["AWS_SECRET_ACCESS_KEY"],
            region_name=exported["AWS_DEFAULT_REGION"],
        )
        caller = session.client("sts", endpoint_url=exported["AWS_ENDPOINT_URL"]).get_caller_identity()
        assert caller["Arn"].endswith("user/administrator")
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_the_port_of_the_command_line_wins() -> None:
    port, other = free_port(), free_port()
    with starting("--port", str(port), PORT=str(other)) as process:
        assert f"http://127.0.0.1:{port}," in said(process)


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_duration_is_set_by_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """And so is a quota."""
    monkeypatch.setenv(name.upper(), "7")

    assert getattr(from_environment(), name) == 7


def test_a_port_that_is_taken_is_named_with_another(cloud: Server) -> None:
    taken = cloud.settings.port
    with starting("--port", str(taken)) as process:
        assert said(process) == f"Port {taken} is taken. Choose another: PORT={taken + 1}\n"
        assert process.wait(timeout=60) == 1


def test_it_ends_with_its_parent(own_temporary_folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with parent, starting("--port", str(free_port()), "--parent", str(parent.pid)) as process:
        assert said(process).endswith("ready\n")
        assert process.poll() is None

        parent.kill()
        parent.wait()

        assert process.wait(timeout=60) == 0
    assert list(own_temporary_folder.iterdir()) == []


@pytest.mark.parametrize("things", [1, 2])
def test_it_leaves_nothing_when_it_is_stopped_before_it_is_ready(own_temporary_folder: Path, things: int) -> None:
    """As soon as its folder is there, and as soon as there is something in it."""
    with starting("--port", str(free_port())) as process:
        eventually(lambda: len(list(own_temporary_folder.rglob("*"))) >= things, "its folder", 45)
        process.terminate()
        process.wait(timeout=60)

    assert list(own_temporary_folder.iterdir()) == []


SWALLOWING = """
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "ministack":
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                sum(range(100))
            except SystemExit:
                print("swallowed")

sys.meta_path.insert(0, Finder())
"""


def test_that_it_was_told_to_stop_is_not_forgotten_when_an_import_swallows_it(
    own_temporary_folder: Path, tmp_path: Path
) -> None:
    tmp_path.joinpath("sitecustomize.py").write_text(SWALLOWING)
    with starting("--port", str(free_port()), PYTHONPATH=str(tmp_path)) as process:
        assert said(process).startswith("swallowed")
        assert process.wait(timeout=60) == 0
    assert list(own_temporary_folder.iterdir()) == []


def test_a_proxy_is_for_others(cloud: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.settings.endpoint_url)

    assert "places" in cloud.door("state")
    assert door(["state"]) == 0
