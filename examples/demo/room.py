"""A room of its own for the demo: one scratch folder, and no word of anybody's AWS account."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCALHOST = "127.0.0.1"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Temporary files of everything that is started from here go there, and with it."""
    folder = Path(tempfile.mkdtemp(prefix="ebb-"))  # short: the path of a Unix socket below it has a limit
    os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def forget_aws_accounts() -> None:
    """Neither variables nor files of an account, and no proxy between this process and the local cloud."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), _LOCALHOST)))
