"""What may be deleted, decided once more and otherwise: from what really happened, which no function can see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.account import Called
    from tests.simulation.world import World


@dataclass
class Oracle:
    """Looks at each deletion as it is asked for. `wrong`: those that must never be.

    `skew`: how wrong the clock of this tick is. `slack`: how wrong those of two ticks may have been together.
    """

    world: World
    skew: dt.timedelta = dt.timedelta(0)
    slack: dt.timedelta = dt.timedelta(0)
    deleted: list[tuple[dt.datetime, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.sagemaker.on_delete.append(self._look)

    def _look(self, name: str) -> None:
        if not self.world.is_ticking:
            return  # confirm_endpoint removes what it has tried, and that has no callers
        self.deleted.append((self.world.now, name))
        why = list(self._reasons(name, self.world.sagemaker.endpoints[name]))
        if why:
            self.wrong.append(f"{self.world.now:%d %H:%M:%S} {name}: {'; '.join(why)}")

    def _reasons(self, name: str, endpoint: dict[str, Any]) -> Iterator[str]:
        tags = self.world.sagemaker.tags[endpoint["EndpointArn"]]
        yield from self._not_for_us(name, endpoint, tags)
        yield from self._kept(name, tags)
        window = self.window(name, tags)
        if window is None:
            yield "its tag ebb:idle-after is no number of minutes"
            return
        if endpoint["EndpointStatus"] != "InService":
            yield f"it was {endpoint['EndpointStatus']}"
        for member in ("CreationTime", "LastModifiedTime"):
            if self.world.now - endpoint[member] < window - self.skew:
                yield f"{member} {endpoint[member]:%H:%M:%S} is in its window"
        life = [call for call in self.world.sagemaker.truth[name] if call.life == endpoint["CreationTime"]]
        yield from self._called([call for call in life if not call.ours], window)
        yield from self._unproven([call for call in life if call.ours])

    def _not_for_us(self, name: str, endpoint: dict[str, Any], tags: dict[str, str]) -> Iterator[str]:
        owner = tags.get("ebb:stack")
        if owner != "ebb" and (owner is not None or "ebb:idle-after" not in tags):
            yield f"it is neither ours nor adopted: {tags}"
        (variant,) = self.world.sagemaker.configs[endpoint["EndpointConfigName"]]["ProductionVariants"]
        if "InstanceType" in variant:
            yield "it is not serverless"

    def _kept(self, name: str, tags: dict[str, str]) -> Iterator[str]:
        keep = tags.get("ebb:keep")
        if keep is None:
            if name in self.world.kept_by_settings:
                yield "its model.toml keeps it"
            return
        if keep == "false":
            return
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", keep):
            yield f"it is kept by {keep!r}"
        elif dt.datetime.fromisoformat(keep) > self.world.now + self.skew:
            yield f"it is kept until {keep}"

    def window(self, name: str, tags: dict[str, str]) -> dt.timedelta | None:
        """With the margin; None when nobody can say."""
        told, settings = tags.get("ebb:idle-after"), self.world.settings
        if told is not None and not (re.fullmatch(r"\d{1,5}", told) and 1 <= int(told) <= 43_200):
            return None
        minutes = int(told) if told else self.world.idle_after.get(name, settings.idle_after_minutes)
        return dt.timedelta(minutes=minutes + settings.idle_margin_minutes)

    def _called(self, calls: list[Called], window: dt.timedelta) -> Iterator[str]:
        """What shows, or should have shown by now, which is what came no later than the margin."""
        now, margin = self.world.now, dt.timedelta(minutes=self.world.settings.idle_margin_minutes)
        for call in calls:
            if not now - window + self.skew <= call.at <= now:
                continue
            in_time = call.shows - call.at <= margin - self.slack and call.at <= now - margin
            if in_time or call.shows <= now:
                yield f"called at {call.at:%H:%M:%S}, which shows since {call.shows:%H:%M:%S}"

    def _unproven(self, ours: list[Called]) -> Iterator[str]:
        """The last of our own calls is the probe."""
        now, margin = self.world.now, dt.timedelta(minutes=self.world.settings.idle_margin_minutes)
        if self.world.cloudwatch.is_blind:
            yield "CloudWatch shows nothing"
        if not ours:
            yield "nobody has probed"
        elif ours[-1].shows > now:
            yield f"the probe of {ours[-1].at:%H:%M:%S} does not show yet"
        elif now - ours[-1].at < margin - self.slack - dt.timedelta(seconds=1):
            yield f"the probe of {ours[-1].at:%H:%M:%S} is younger than the margin"
