"""The instances of a real-time variant: there from the endpoint's creation on, each with many calls at a time."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.sagemaker.instance import Instance, InstanceFailedError
from local.sagemaker.serverless_pool import Lease


@dataclass
class InstancePool:
    """`count` containers behind one another; one that died, or answers pings no more, is replaced."""

    start: Callable[[], Instance]
    count: int
    _instances: list[Instance] = field(default_factory=list)
    _calls: Counter[int] = field(default_factory=Counter)
    _closed: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _replacing: threading.Lock = field(default_factory=threading.Lock)

    def fill(self) -> None:
        """Start what is missing."""
        while len(self._instances) < self.count:
            instance = self.start()
            with self._lock:
                if not self._closed:
                    self._instances.append(instance)
                    continue
            instance.stop()
            return

    @contextlib.contextmanager
    def lease(self) -> Iterator[Lease]:
        """The instance with the fewest calls; no setup time, for it was there before the call."""
        instance = self._least_busy()
        try:
            yield Lease(instance, None)
        except TimeoutError:
            if not instance.answers_ping():
                self._remove(instance)
            raise
        except BaseException:
            if not instance.alive:
                self._remove(instance)
            raise
        finally:
            with self._lock:
                self._calls[id(instance)] -= 1

    def _least_busy(self) -> Instance:
        with self._lock:
            alive = [instance for instance in self._instances if instance.alive]
            if not alive:
                raise InstanceFailedError("The variant has no healthy instance.")
            chosen = min(alive, key=lambda instance: self._calls[id(instance)])
            self._calls[id(chosen)] += 1
            return chosen

    def tend(self) -> None:
        """Replace what died."""
        for instance in [one for one in self._instances if not one.alive]:
            self._remove(instance)
        if len(self._instances) < self.count and not self._closed and self._replacing.acquire(blocking=False):
            threading.Thread(target=self._replace, daemon=True).start()

    def _replace(self) -> None:
        try:
            with contextlib.suppress(InstanceFailedError):
                self.fill()
        finally:
            self._replacing.release()

    def _remove(self, instance: Instance) -> None:
        with self._lock:
            if instance in self._instances:
                self._instances.remove(instance)
        instance.stop()

    def close(self) -> None:
        with self._lock:
            self._closed, leaving, self._instances = True, self._instances, []
        for instance in leaving:
            instance.stop()
