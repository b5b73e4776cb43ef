"""The running side of an endpoint: the variants of one config, and the calls in flight on them."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local.container.errors import NotEmulatedError
from local.sagemaker.errors import SageMakerError
from local.sagemaker.hosted_variant import Variant, prepare_variant
from local.sagemaker.instance import InstanceFailedError
from local.sagemaker.model_archive import ModelDataError
from local.sagemaker.models import CONFIG
from local.sagemaker.role import NotPermittedError
from local.sagemaker.state import Cloud, Record, World
from local.sagemaker.warm_parent import warm_parent

_REASONS = (NotPermittedError, NotEmulatedError, ModelDataError, SageMakerError, ClientError, BotoCoreError, OSError)


class HostingFailedError(Exception):
    """An endpoint cannot be brought into service, for the reason given."""


class HostClosedError(Exception):
    """The endpoint has moved on to another config; ask it again."""


class NoSuchVariantError(Exception):
    """The call names a variant that the config does not have."""


@dataclass
class Host:
    """One config of an endpoint in service. Once closed it takes no more calls, and ends after the last of them."""

    cloud: Cloud
    variants: list[Variant] = field(default_factory=list)
    _calls: int = 0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def summaries(self) -> list[Record]:
        """ProductionVariants as DescribeEndpoint shows them."""
        return [variant.summary() for variant in self.variants]

    @contextlib.contextmanager
    def calling(self, target: str | None) -> Iterator[Variant]:
        """The variant that takes this call: the one asked for, else one drawn by weight."""
        with self._lock:
            if self._closed:
                raise HostClosedError
            variant = self._chosen(target)
            self._calls += 1
        try:
            yield variant
        finally:
            with self._lock:
                self._calls -= 1
                drained = self._drained()
            if drained:
                self._end()

    def _chosen(self, target: str | None) -> Variant:
        if target is not None:
            for variant in self.variants:
                if variant.name == target:
                    return variant
            raise NoSuchVariantError(target)
        weights = [variant.weight for variant in self.variants]
        return random.choices(self.variants, weights if any(weights) else None)[0]  # noqa: S311  (no secret)

    def cool_down(self) -> None:
        """Stop the instances that nobody called for a while, replace those that died."""
        for variant in self.variants:
            variant.pool.tend()

    def close(self) -> None:
        """Calls in flight finish first, except when the whole cloud stops."""
        with self._lock:
            self._closed = True
            drained = self._drained()
        if self.cloud.stopping.is_set():
            warm_parent(self.cloud.folder).close()
        if drained or self.cloud.stopping.is_set():
            self._end()

    def _drained(self) -> bool:
        return self._closed and not self._calls

    def _end(self) -> None:
        for variant in self.variants:
            variant.close()


def prepare(cloud: Cloud, world: World, endpoint_name: str, config_name: str) -> Host:
    """Fetch each variant's model with its role's permissions, start it, and see that `/ping` answers."""
    host = Host(cloud)
    try:
        for record in CONFIG.existing(world, config_name)["ProductionVariants"]:
            variant = prepare_variant(cloud, world, endpoint_name, record)
            host.variants.append(variant)
            _fill(variant)
    except _REASONS as error:
        host.close()
        raise HostingFailedError(str(error)) from error
    except BaseException:
        host.close()
        raise
    return host


def _fill(variant: Variant) -> None:
    try:
        variant.pool.fill()
    except InstanceFailedError as error:
        raise HostingFailedError(
            f"The primary container for production variant {variant.name} did not pass the ping health check. "
            "Please check CloudWatch logs for this endpoint."
        ) from error
