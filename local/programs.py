"""The programs in .local/bin: `ebb`, and `aws` and `sam` for the local cloud. `make environment` writes them."""

from __future__ import annotations

import os
import shlex

from local.stack import ROOT, VENV

FOLDER = ROOT / ".local/bin"


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    tools, python = shlex.quote(str(VENV / "tools/bin")), shlex.quote(str(VENV / "dev/bin/python"))
    # The AWS CLI has an address of its own for SQS and some others, which only the option overrides.
    aws = f'exec {tools}/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"'
    tail = f'shift 2; PYTHONPATH={shlex.quote(str(ROOT))} exec {python} -P -m local.logs_tail "$@"'
    _write_program("aws", f'if [ "$1 $2" = "logs tail" ]; then {tail}; fi\n{aws}')
    _write_program("sam", f'SAM_CLI_TELEMETRY=0 exec {tools}/sam "$@"')
    # -P: a folder that is called cli where somebody works is not ours.
    _write_program("ebb", f'PYTHONPATH={shlex.quote(str(ROOT))} exec {python} -P -m cli "$@"')


def _write_program(name: str, command: str) -> None:
    """In one step: make and a test may be at it at once, and somebody may be running it."""
    made = FOLDER / f".{name}.{os.getpid()}"
    made.write_text(f"#!/bin/sh\n{command}\n")
    made.chmod(0o755)
    made.replace(FOLDER / name)


if __name__ == "__main__":
    write()
