"""The instances of a serverless variant: none until it is called, one for each call at a time, warm for a while."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.sagemaker.errors import Throttled
from local.sagemaker.instance import Instance, InstanceFailedError


@dataclass(frozen=True)
class Lease:
    """An instance at work on a call; `executing` counts the calls in progress, this one included."""

    instance: Instance
    setup_seconds: float | None  # None: it was warm
    executing: int = 1


@dataclass
class ServerlessPool:
    """At most `max_concurrency` calls at once, each with an instance to itself; `provisioned` are kept warm."""

    start: Callable[[], Instance]
    max_concurrency: int
    provisioned: int
    warm_seconds: float
    _idle: list[Instance] = field(default_factory=list)
    _busy: list[Instance] = field(default_factory=list)
    _executing: int = 0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _replenishing: threading.Lock = field(default_factory=threading.Lock)

    def fill(self) -> None:
        """Start what is provisioned; without that, one for its first ping, which is not kept."""
        for _ in range(max(1, self.provisioned)):
            self._keep(self.start())
        if not self.provisioned:
            self._stop(self._take_idle())

    @contextlib.contextmanager
    def lease(self) -> Iterator[Lease]:
        """A warm instance if there is one, else a new one. One that failed its call is not used again."""
        with self._lock:
            if self._executing >= self.max_concurrency:
                raise Throttled("Rate exceeded")
            self._executing += 1
            executing = self._executing
            warm = self._warm()
        try:
            began = time.monotonic()
            instance = warm or self.start()
            setup = None if warm else time.monotonic() - began
            self._busy.append(instance)
            try:
                yield Lease(instance, setup, executing)
            except BaseException:
                instance.stop()
                raise
            finally:
                self._busy.remove(instance)
            self._keep(instance)
        finally:
            with self._lock:
                self._executing -= 1

    def tend(self) -> None:
        """Stop what nobody called for a while, and replace what died of the provisioned."""
        until = time.time() - self.warm_seconds
        with self._lock:
            spare = len(self._idle) - max(0, self.provisioned - self._executing)
            cold = [one for one in self._idle if one.idle_since < until][: max(0, spare)]
            leaving = cold + [one for one in self._idle if not one.alive and one not in cold]
            self._idle = [one for one in self._idle if one not in leaving]
            missing = self.provisioned - self._executing - len(self._idle)
        self._stop(leaving)
        if missing > 0 and not self._closed and self._replenishing.acquire(blocking=False):
            threading.Thread(target=self._replenish, args=(missing,), daemon=True).start()

    def _replenish(self, missing: int) -> None:
        try:
            with contextlib.suppress(InstanceFailedError):
                for _ in range(missing):
                    self._keep(self.start())
        finally:
            self._replenishing.release()

    def close(self) -> None:
        """Also what is at work: whoever closes has waited for the calls in flight, or cannot."""
        with self._lock:
            self._closed = True
        self._stop([*self._take_idle(), *self._busy])

    def _warm(self) -> Instance | None:
        while self._idle:
            found = self._idle.pop()
            if found.alive:
                return found
        return None

    def _keep(self, instance: Instance) -> None:
        with self._lock:
            if not self._closed and instance.alive:
                instance.idle_since = time.time()
                self._idle.append(instance)
                return
        instance.stop()

    def _take_idle(self) -> list[Instance]:
        with self._lock:
            leaving, self._idle = self._idle, []
        return leaving

    @staticmethod
    def _stop(instances: list[Instance]) -> None:
        for instance in instances:
            instance.stop()
