"""The stack in the local cloud: built and deployed by the real SAM CLI, as anyone would in an account."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from local.settings import Settings

ROOT = Path(__file__).parents[1]
REGION = "eu-central-1"
VENV = ROOT / ".local/venv"
NAME = "ebb"
# The local cloud's metrics are there at once, so idle means idle without a margin.
PARAMETERS = ("IdleMarginMinutes=0",)


class DeploymentFailedError(RuntimeError):
    """sam ended with an error; the message is what it printed."""


@dataclass(frozen=True)
class Administrator:
    """Whoever holds the local account's own keys."""

    settings: Settings

    @property
    def variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.settings.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.settings.access_key,
            "AWS_SECRET_ACCESS_KEY": self.settings.secret,
        }

    def client(self, service: str, config: Config | None = None) -> Any:
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.settings.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.settings.access_key,
            aws_secret_access_key=self.settings.secret,
            # It is on this machine: a proxy that the shell names does not know the way.
            config=Config(proxies={}).merge(config) if config else Config(proxies={}),
        )


def build() -> None:
    """`sam build`: the zip that is deployed here is the zip that runs in Lambda."""
    with _locked(fcntl.LOCK_EX):
        _sam("build", "--parallel", PYTHON=str(VENV / "dev/bin/python"))


def deploy(admin: Administrator, parameters: Sequence[str] = ()) -> None:
    """`sam deploy`, without its question. Later parameters win over earlier ones."""
    chosen = dict(parameter.partition("=")[::2] for parameter in (*PARAMETERS, *parameters))
    overrides = [f'{name}="{value}"' for name, value in chosen.items()]  # SAM splits at spaces outside quotes
    with _locked(fcntl.LOCK_SH):
        _sam("deploy", "--no-confirm-changeset", "--parameter-overrides", *overrides, **admin.variables)


def outputs(admin: Administrator, name: str = NAME) -> dict[str, str]:
    stack = admin.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def predict_url(admin: Administrator) -> str | None:
    """Where the function URL answers: the host that the output names does not lead to this machine."""
    address = outputs(admin).get("PredictUrl")
    if not address:
        return None
    return f"{admin.settings.endpoint_url}/_aws/lambda-url/{urlsplit(address).netloc.partition('.')[0]}/"


@contextmanager
def _locked(kind: int) -> Iterator[None]:
    """A build replaces its folder: nobody may deploy from it meanwhile, for example two tests at once."""
    lock = ROOT / ".local/build.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, kind)
        yield


def _sam(*arguments: str, **variables: str) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    network = ("PIP_", "SSL_", "REQUESTS_", "HTTPS_PROXY", "https_proxy")  # for pip's sake
    pip = {name: value for name, value in os.environ.items() if name.startswith(network)}
    environment = {
        **kept,
        **pip,
        "HOME": str(ROOT / ".local/home"),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "127.0.0.1",
        **variables,
    }
    Path(environment["HOME"]).mkdir(parents=True, exist_ok=True)
    command = [str(VENV / "tools/bin/sam"), *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,  # so that what sam starts (make, pip) can be ended with it
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        _end_group(process)
        raise
    if process.returncode:
        raise DeploymentFailedError(f"sam {arguments[0]} failed:\n{said[-8000:]}")


def _end_group(process: subprocess.Popen[str]) -> None:
    """TERM comes first: make and pip remove what is half made."""
    deadline = time.monotonic() + 5
    with contextlib.suppress(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
