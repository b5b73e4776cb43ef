"""`aws logs tail`, by which people watch the journal, with the AWS CLI that serves the local cloud."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local import programs
from local.server import Server

GROUP = "/ebb/tailed/journal"


@pytest.fixture(scope="module")
def logs(cloud: Server) -> Any:
    """Two lines, the first one an hour old."""
    programs.write()
    client = cloud.admin.client("logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="stream")
    write(client, "an hour ago", ago=3600)
    write(client, '{"now": true}')
    return client


def write(client: Any, message: str, ago: int = 0) -> None:
    event = {"timestamp": int((time.time() - ago) * 1000), "message": message}
    client.put_log_events(logGroupName=GROUP, logStreamName="stream", logEvents=[event])


@contextmanager
def tailing(cloud: Server, *words: str) -> Iterator[subprocess.Popen[str]]:
    settings = cloud.settings
    variables = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": settings.access_key,
        "AWS_SECRET_ACCESS_KEY": settings.secret,
    }
    command = [str(programs.FOLDER / "aws"), "logs", "tail", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=variables, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def tailed(cloud: Server, *words: str) -> tuple[int, str, str]:
    with tailing(cloud, *words) as process:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


def test_it_tells_the_last_ten_minutes_or_since_when_it_is_asked(cloud: Server, logs: Any) -> None:
    code, out, _ = tailed(cloud, GROUP)
    assert (code, len(out.splitlines())) == (0, 1)
    assert out.endswith(' stream {"now": true}\n')
    short = tailed(cloud, GROUP, "--since", "2h", "--format", "short")[1].splitlines()
    assert [line.split(" ", 1)[1] for line in short] == ["an hour ago", '{"now": true}']


def test_it_follows(cloud: Server, logs: Any) -> None:
    with tailing(cloud, GROUP, "--follow", "--format", "short") as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith('{"now": true}\n')
        write(logs, "later")
        assert process.stdout.readline().endswith("later\n")
        assert process.poll() is None


def test_a_group_that_is_not_there_ends_as_the_aws_cli_does(cloud: Server, logs: Any) -> None:
    code, out, err = tailed(cloud, "/ebb/nobody/journal")
    assert (code, out) == (254, "")
    assert "ResourceNotFoundException" in err
