"""`python -m local`: start the local cloud in the foreground, until TERM, INT, or the end of `--parent`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

from local.settings import Settings, from_environment

_SAYS = """The local cloud: AWS on this machine (ministack, and a SageMaker of our own), IAM enforced.
Listening on {url}, nowhere else. Point any client at it:
  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=eu-central-1
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}
ready"""
_ASKED_TO_LEAVE = threading.Event()


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # until the event loop listens to them: what was made so far is removed
    arguments = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    arguments.add_argument("--port", type=int, help="default: PORT, or 4566")
    arguments.add_argument("--parent", type=int, metavar="PID", help="end when this process ends")
    given = arguments.parse_args()
    settings = from_environment(given.port)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", settings.port)) == 0:
            print(f"Port {settings.port} is taken. Choose another: PORT={settings.port + 1}", file=sys.stderr)
            return 1
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-"))
    try:
        _prepare_environment(settings, folder)
        asyncio.run(_serve(settings, folder, given.parent))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _leave(*_: object) -> None:
    _ASKED_TO_LEAVE.set()  # the exception may be swallowed where it is raised, as by an import that tries something
    raise SystemExit(0)


def _prepare_environment(settings: Settings, folder: Path) -> None:
    """Before ministack is imported, which is when it reads its settings; those of other clouds must not reach it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MINISTACK_", "LOCALSTACK_"))]:
        del os.environ[name]
    scratch = folder / "tmp"
    scratch.mkdir()
    tempfile.tempdir = str(scratch)
    os.environ.update(
        AUTH="true",
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(settings.port),
        IOT_MTLS_ENABLED="false",
        SFTP_ENABLED="false",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
        MINISTACK_ACCOUNT_ID=settings.account,
        AWS_EC2_METADATA_DISABLED="true",
        TMPDIR=str(scratch),
    )


async def _serve(settings: Settings, folder: Path, parent: int | None) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    from local import adapters
    from local.clock import Clock
    from local.control_api import ControlApi
    from local.faults import Faults
    from local.sagemaker.service import SageMaker
    from local.sagemaker.state import Cloud

    clock, faults = Clock(), Faults()
    cloud = Cloud(settings, clock, folder)
    sagemaker = SageMaker(cloud)
    adapters.install(settings, clock, faults, sagemaker.handle)
    config = Config()
    config.bind = [f"127.0.0.1:{settings.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if _ASKED_TO_LEAVE.is_set():
        ended.set()
    watches = [asyncio.create_task(_announce(settings))]
    if parent:
        watches.append(asyncio.create_task(_end_with(parent, ended)))
    try:
        await serve(ControlApi(cloud, faults, app), config, shutdown_trigger=ended.wait)  # type: ignore[arg-type]
    finally:
        for watch in watches:
            watch.cancel()
        adapters.function_processes.stop()
        sagemaker.close()


async def _announce(settings: Settings) -> None:
    """Say where it listens once it does."""
    while not await _listens(settings.port):  # noqa: ASYNC110  (nothing tells when hypercorn listens)
        await asyncio.sleep(0.02)
    print(_SAYS.format(url=settings.endpoint_url, key=settings.access_key, secret=settings.secret), flush=True)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _end_with(parent: int, ended: asyncio.Event) -> None:
    while _exists(parent):  # noqa: ASYNC110  (nothing tells when another process ends)
        await asyncio.sleep(0.2)
    ended.set()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


if __name__ == "__main__":
    sys.exit(main())
