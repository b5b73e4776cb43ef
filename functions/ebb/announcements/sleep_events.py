"""The announcements of an endpoint's sleep: asleep, awake, cheaper, gone; why, what it saves, and what wakes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from ebb.announcements.announcement import Announcement, safe
from ebb.announcements.wording import clause, its_task, retry_command
from ebb.ledger.endpoint_row import EndpointRow

MAX_NAMES = 4  # in a sentence; the facts have all
_HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class Subject:
    """The endpoint that it is about. `arn`: of an adopted one, which has neither a model nor a run of ours."""

    model: str
    run: str | None
    endpoint: str
    config: str
    arn: str = ""
    predicts: str = ""

    @classmethod
    def of(cls, row: EndpointRow, endpoint: str, config: str = "", arn: str = "") -> Self:
        """`config`: the live one where none is named. `arn`: counts only for an adopted one."""
        arn, config = arn if row.is_adopted else "", config or row.live_config
        return cls(row.model, row.live_run or None, endpoint, config, arn, row.predicts)

    @property
    def wake(self) -> str:
        """The command that brings it back."""
        if self.arn:
            named = f"--endpoint-name {self.endpoint} --endpoint-config-name {self.config}"
            return f"aws sagemaker create-endpoint {named}"
        return f"ebb wake {self.model}"

    @property
    def keep(self) -> str:
        """The command that protects it."""
        if self.arn:
            return f"aws sagemaker add-tags --resource-arn {self.arn} --tags Key=ebb:keep,Value=true"
        return f"ebb keep {self.model}"

    def announce(self, name: str, sentence: str, facts: dict[str, Any]) -> Announcement:
        model, run = ("-", None) if self.arn else (self.model, self.run)
        told = f"{sentence}{its_task(self.predicts)}"
        return Announcement(name, model, run, told, {"endpoint": self.endpoint} | facts)


def gb_hours_per_day(memory_mb: int, provisioned_concurrency: int) -> float:
    """What provisioned concurrency has billed: memory times copies, all day."""
    return memory_mb / 1024 * provisioned_concurrency * _HOURS_PER_DAY


def sleeps_soon(
    about: Subject,
    *,
    idle_since: str,
    sleeps_after: str,
    last_call: str | None,
    evidence: Mapping[str, Any],
    blocked: str | None = None,
) -> Announcement:
    """`blocked`: why it is idle, and yet not put to sleep."""
    idle = f"nobody has called it since {idle_since}"
    if blocked:
        sentence = f"{about.endpoint} is not put to sleep, although {idle}: {clause(blocked)}."
    else:
        sentence = f"{about.endpoint} sleeps soon: {idle}, and without a call it is put to sleep after {sleeps_after}."
    facts = {
        "idle_since": idle_since,
        "sleeps_after": sleeps_after,
        "last_call": last_call or None,
        "evidence": dict(evidence),
        "keep": about.keep,
        "blocked": safe(blocked) if blocked else None,
    }
    return about.announce("EndpointSleepsSoon", f"{sentence} `{about.keep}` keeps it awake.", facts)


def asleep(
    about: Subject,
    *,
    idle_since: str | None,
    why: str,
    evidence: Mapping[str, Any],
    by: Literal["idle", "request"],
    gb_hours: float = 0.0,
) -> Announcement:
    """`gb_hours`: of provisioned concurrency, a day, that are no longer billed."""
    since = f" Nobody had called it since {idle_since}." if idle_since else ""
    kept = "config is" if about.arn else "config, model and artifact are"
    back = "" if about.arn else ", or a call of its predict URL,"
    sentence = (
        f"{about.endpoint} is asleep: {clause(why)}.{since} Its {kept} kept: `{about.wake}`{back} brings it back "
        f"as it was. `{about.keep}` keeps it awake from then on. {_saved(gb_hours)}"
    )
    facts = {
        "config": about.config,
        "idle_since": idle_since or None,
        "why": safe(why),
        "evidence": dict(evidence),
        "wake": about.wake,
        "keep": about.keep,
        "saved": {"endpoint_slots": 1, "gb_hours_per_day": gb_hours},
        "by": by,
    }
    return about.announce("EndpointAsleep", sentence, facts)


def image_retires(about: Subject, *, asleep_since: str | None, image: str, until: str) -> Announcement:
    """What sleeps may not wake for ever, and what is live (`asleep_since` None) may not be created again for ever."""
    state = f"is asleep since {asleep_since}" if asleep_since else "answers"
    lost = "be woken" if asleep_since else "be created again once it has slept"
    sentence = (
        f"{about.endpoint} {state} with the image {image}, which gets no patches after {until}. When AWS retires it, "
        f"{about.endpoint} cannot {lost}: upload its data again by then, to train on the current image."
    )
    facts = {
        "config": about.config,
        "asleep_since": asleep_since,
        "image": image,
        "patched_until": until,
    }
    return about.announce("ImageRetires", sentence, facts)


def _saved(gb_hours: float) -> str:
    """Without a price, which differs by region and changes."""
    freed = "One place of the endpoint quota is free again"
    if gb_hours:
        return f"{freed}, and {gb_hours:,g} GB-hours of provisioned concurrency a day are no longer billed."
    return f"{freed}; that saves 0.00, because on demand an idle endpoint costs nothing."


def waking(
    about: Subject,
    *,
    since_asleep: str | None,
    by: Literal["predict", "request", "unknown"],
    rebuilt: bool,
) -> Announcement:
    """`rebuilt`: its config and model had been removed."""
    asked = {"predict": ": a call of its predict URL asked for it", "request": ", as it was asked to", "unknown": ""}
    anew = " Its config and model are built anew from the artifact of its run, without training." if rebuilt else ""
    sentence = (
        f"{about.endpoint} wakes up{asked[by]}.{anew} "
        f"In a few minutes it answers as before, with {about.run}; that is announced as EndpointLive."
    )
    facts = {"config": about.config, "since_asleep": since_asleep or None, "by": by, "rebuilt": rebuilt}
    return about.announce("EndpointWaking", sentence, facts)


def downgraded(
    about: Subject, *, instead_of: str, provisioned_concurrency: int, memory_mb: int, why: str = ""
) -> Announcement:
    """`instead_of`: the config before, which had this provisioned concurrency and memory."""
    gb_hours = gb_hours_per_day(memory_mb, provisioned_concurrency)
    reason = f": {clause(why)}" if why else ", because nobody calls it"
    sentence = (
        f"{about.endpoint} goes on without provisioned concurrency{reason}. It answers under the same name, "
        f"the first call after a pause later than before; {gb_hours:,g} GB-hours a day are no longer billed. "
        f"`ebb apply {about.model}` gives it back what model.toml asks for."
    )
    facts = {
        "config": about.config,
        "instead_of": instead_of,
        "provisioned_concurrency": provisioned_concurrency,
        "memory_mb": memory_mb,
        "gb_hours_per_day": gb_hours,
    }
    return about.announce("EndpointDowngraded", sentence, facts)


def purged(
    about: Subject,
    *,
    removed: Sequence[str],
    artifact: str,
    asleep_since: str | None,
    by: Literal["age", "request"],
) -> Announcement:
    """By age: of what sleeps, or, without `asleep_since`, of a run that is live no more."""
    back = _way_back(about, asleep_since, by)
    if by == "request":
        what = f"{about.endpoint} is deleted, as it was asked to"
    elif asleep_since:
        what = f"What {about.endpoint} needs to wake is removed, because it has slept since {asleep_since}"
    else:
        what = f"What {about.run} needs to answer is removed, because it is live no more"
    sentence = (
        f"{what}: {_named(removed)}. The artifact {artifact} stays, "
        f"and `{back}` builds the rest anew from it, without training."
    )
    facts = {
        "removed": list(removed),
        "artifact": artifact,
        "asleep_since": asleep_since or None,
        "wake": back,
        "by": by,
    }
    return about.announce("EndpointPurged", sentence, facts)


def _way_back(about: Subject, asleep_since: str | None, by: str) -> str:
    if by == "request":
        return retry_command(about.model)
    return about.wake if asleep_since else f"ebb rollback {about.model}"


def _named(names: Sequence[str]) -> str:
    if not names:
        return "nothing was left of it"
    shown = ", ".join(names[:MAX_NAMES])
    return f"{shown} and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else shown
