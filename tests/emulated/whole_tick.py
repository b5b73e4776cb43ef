"""The tear-down's part of a tick, and an endpoint for it that is old enough to be put to sleep."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from ebb.environment import TearDownIdleSettings
from ebb.failures import Failures
from ebb.idleness import Verdict
from ebb.survey import survey
from ebb.tear_down import Tick
from tests.emulated.stack import ENDPOINT, NOW, Stack

CONFIG = "ebb-abalone-261121000000-k3v7q"
WINDOW = dt.timedelta(minutes=70)  # IdleAfterMinutes and the margin
Place = Callable[..., None]


@dataclass(frozen=True)
class WholeTick:
    """The endpoints are listed and judged, and what went wrong is raised."""

    stack: Stack
    settings: TearDownIdleSettings

    def run(self) -> dict[str, Verdict]:
        failures = Failures()
        seen = survey(self.stack.clients.sagemaker, "ebb", "ebb", failures)
        verdicts = Tick(self.stack.clients, self.settings, NOW, failures).run(seen)
        failures.raise_if_any()
        return verdicts


def placing(stack: Stack, behind: Place) -> Place:
    def place(
        name: str = ENDPOINT,
        age: dt.timedelta = 2 * WINDOW,
        status: str = "InService",
        config: str = CONFIG,
        **tags: str,
    ) -> None:
        stack.sagemaker.now = NOW - age
        behind(config, status, name, **tags)
        stack.sagemaker.now = NOW

    return place
