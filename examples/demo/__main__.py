"""`python -m examples.demo`: exit 0 at the end, 1 with the reason and the logs, 130 when it is stopped."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_STOPPED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        # Imported under the handlers: Ctrl-C may come at any moment.
        from examples.demo.story import tell  # noqa: PLC0415

        return tell()
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left running.")
        return _STOPPED


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
