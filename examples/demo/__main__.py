"""`python -m examples.demo`: exit 0 at the end, 1 with the reason and the logs, 130 when it is stopped."""

from __future__ import annotations

import os
import sys

from examples.demo import signals

_STOPPED = 130


def main() -> int:
    signals.end_in_order()
    try:
        # Imported only now: Ctrl-C may come at any moment.
        from examples.demo.story import tell  # noqa: PLC0415

        return tell()
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except KeyboardInterrupt:
        _say_stopped()
        return _STOPPED


def _say_stopped() -> None:
    after_the_echo = "\n" if sys.stdout.isatty() else ""
    try:
        print(f"{after_the_echo}Stopped. Nothing is left running.", flush=True)
    except BrokenPipeError:
        _write_nowhere()


def _write_nowhere() -> None:
    """Whoever read this has gone (`| head`, or a `| tee` that got the Ctrl-C too); Python would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
