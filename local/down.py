"""`make down`: stop what `make up` started, by its process id."""

from __future__ import annotations

import os
import signal
import sys
import time

from local.running import Running, forget

_PATIENCE_SECONDS = 15.0


def main() -> int:
    running = Running.find()
    forget()
    if running is None:
        print("Nothing was up.")
        return 0
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _is_there(running.pid):
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGKILL)
            print(f"Process {running.pid} did not stop and was killed.", file=sys.stderr)
            return 1
        time.sleep(0.05)
    print("The local cloud is down.")
    return 0


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
