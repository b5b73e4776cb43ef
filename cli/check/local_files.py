"""The files that a command is given: there, and of the kind that it can read."""

from __future__ import annotations

import stat
from pathlib import Path

from cli.outcome import CommandError, ExitCode


def regular_file(given: str) -> Path:
    """CommandError says what is there instead."""
    path = Path(given)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandError(ExitCode.NOT_FOUND, f"There is no file {given}.") from error
    except (OSError, ValueError) as error:
        raise unreadable(given, error) from error
    if stat.S_ISDIR(mode):
        raise CommandError(ExitCode.NOT_FOUND, f"{given} is a directory; name a file in it.")
    if not stat.S_ISREG(mode):
        raise CommandError(
            ExitCode.FAILED, f"{given} is a pipe or a device: save it as a file, which can be read twice."
        )
    return path


def unreadable(given: str, error: Exception) -> CommandError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return CommandError(ExitCode.FAILED, f"{given} cannot be read: {reason}.")
