"""The memory a container may use: a limit that the system enforces, and death when it is reached."""

import os
import resource
import sys
from pathlib import Path

from xgboost.core import XGBoostError

OUT_OF_MEMORY = 137  # what a container ends with that the kernel killed for its memory
_STATM = Path("/proc/self/statm")


def limit_memory(megabytes: int) -> None:
    """Let this process use so much. What an interpreter maps without using it is measured now and does not count."""
    if not _STATM.exists():
        return
    mapped, resident = (int(pages) * resource.getpagesize() for pages in _STATM.read_text().split()[:2])
    limit = megabytes * 1024**2 + mapped - resident
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def die_if_exhausted(error: BaseException) -> None:
    """End the process when memory ran out, however the exception was wrapped on its way here.

    On SageMaker the kernel kills such a container; it does not live on to blame the payload.
    """
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, MemoryError) or (isinstance(reason, XGBoostError) and "bad_alloc" in str(reason)):
            print("Out of memory: killed", file=sys.stderr, flush=True)
            os._exit(OUT_OF_MEMORY)
        reason = reason.__cause__ or reason.__context__
