"""The announcements of a deployment: what happened, why, and what to do next, in one to three sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from ebb.announcements.announcement import Announcement, safe
from ebb.announcements.wording import clause, its_task, retry_command
from ebb.numbers import figures, finite, seconds

Held = Literal["gate", "smoke_test", "not_comparable", "endpoint_failed", "stuck", "quota", "waited"]
SMOKE_FACTS = ("metric", "reported", "measured", "tolerance", "rows")


_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")
_AS_ROUNDED = 1e-4  # a reason may tell fewer digits
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "gate": "Improve the data, or correct [gate] in model.toml, and upload the data again.",
        "smoke_test": "Check the data and model.toml, and upload the data again.",
        "not_comparable": "Upload data with the columns of the live run, "
        "or take no_worse_than_live out of [gate] in model.toml and upload the data again.",
        "endpoint_failed": "`{retry}` tries it again; if that fails too, correct [endpoint] in model.toml "
        "and upload the data again.",
        "stuck": "`{retry}` tries it again.",
        "quota": "Once there is enough, `{retry}` tries it again.",
        "waited": "`{retry}` tries it again.",
    }
)


def held_back(  # noqa: PLR0913  (the facts of the announcement)
    model: str,
    run: str,
    code: Held,
    reason: str,
    *,
    metric: str | None = None,
    figure: float | None = None,
    limit: float | None = None,
    live_run: str | None = None,
    live_figure: float | None = None,
    predicts: str = "",
) -> Announcement:
    """`live_run`: what stays live; None when the model has no live run. `predicts`: what the one held back does."""
    figures = {"figure": finite(figure), "limit": finite(limit), "live_figure": finite(live_figure)}
    facts = {"code": code, "reason": safe(reason), "metric": metric, "live_run": live_run or None} | figures
    told = _beside(reason, metric, figures)
    stays = f"{live_run} stays live." if live_run else "The model has no live run yet."
    remedy = _REMEDIES[code].format(retry=retry_command(model))
    return Announcement(
        "ModelHeldBack",
        model,
        run,
        f"{run} is held back: {clause(reason)}{told}.{its_task(predicts)} {stays} {remedy}",
        facts,
    )


def live(  # noqa: PLR0913  (the facts of the announcement)
    model: str,
    run: str,
    endpoint: str,
    config: str,
    *,
    replaced: str | None,
    direct: bool,
    smoke: Mapping[str, Any],
    cold_seconds: float,
    warm_seconds: float,
    woken: bool = False,
    settings: str = "",
    predicts: str = "",
    guess: str = "",
) -> Announcement:
    """`smoke`: metric, reported, measured, tolerance and rows of the smoke test.

    `woken`: it was asleep. `settings`: what of them is other than before, where the run is the same. `guess`: that
    it is no better than one, as a clause.
    """
    tested = {name: finite(smoke[name]) for name in SMOKE_FACTS}
    facts = {
        "endpoint": endpoint,
        "config": config,
        "replaced": replaced or None,
        "direct": direct,
        "woken": woken,
        "settings": settings or None,
        "smoke": tested,
        "cold_seconds": cold_seconds,
        "warm_seconds": warm_seconds,
    }
    before = f", in place of {replaced}" if replaced else ""
    times = f"the first answer took {seconds(cold_seconds)}, the next {seconds(warm_seconds)}"
    is_so = "is awake again" if woken else "is live"
    others = f", with other settings: {settings}" if settings else ""
    sentence = f"{endpoint} {is_so} with {run}{before}{others}. {_tested(tested)}; {times}."
    doubt = f" {guess}: does the file hold what tells its label?" if guess else ""
    then = "" if woken or settings else f" {_next(endpoint, replaced, direct=direct)}"
    return Announcement("EndpointLive", model, run, f"{sentence}{its_task(predicts)}{doubt}{then}", facts)


def rolled_back(
    model: str, run: str, endpoint: str, *, live_run: str, reason: str, by: Literal["sagemaker", "ebb"]
) -> Announcement:
    """Of the live run itself: other settings of its endpoint are taken back."""
    who = {"sagemaker": "SageMaker", "ebb": "Ebb"}[by]
    if run == live_run:
        what = f"{endpoint} answers with its settings from before again: {who} took back the new ones"
        then = f"`ebb apply {model}` tries them again; if that fails too, correct model.toml."
    else:
        what = f"{endpoint} answers with {live_run} again: {who} took back {run}"
        then = (
            f"`{retry_command(model)}` tries it again; if it ends like this once more, "
            "correct the data or model.toml and upload the data again."
        )
    facts = {"endpoint": endpoint, "live_run": live_run, "reason": safe(reason), "by": by}
    return Announcement("EndpointRolledBack", model, run, f"{what}: {clause(reason)}. {then}", facts)


def returned(model: str, run: str, endpoint: str, *, live_run: str) -> Announcement:
    """A person went back from `run`."""
    sentence = (
        f"{endpoint} answers with {live_run} again instead of {run}, as it was asked to. "
        f"`ebb rollback {model}` goes the other way, and a newer upload takes its place as usual."
    )
    facts = {"endpoint": endpoint, "live_run": live_run, "reason": "a person asked for it", "by": "request"}
    return Announcement("EndpointRolledBack", model, run, sentence, facts)


def broken(model: str, run: str | None, endpoint: str, reason: str) -> Announcement:
    sentence = (
        f"{endpoint} is broken, and Ebb leaves it as it is: {clause(reason)}. "
        f"Its log is /aws/sagemaker/Endpoints/{endpoint}. "
        f"When the cause is mended, `{retry_command(model)}` tries again."
    )
    return Announcement("EndpointBroken", model, run, sentence, {"endpoint": endpoint, "reason": safe(reason)})


def not_woken(model: str, run: str, endpoint: str, reason: str) -> Announcement:
    """`reason`: with what to do about it, where that is known."""
    told = f"could not be woken: {reason}"
    sentence = (
        f"{endpoint} {clause(told)}. Its log is /aws/sagemaker/Endpoints/{endpoint}. "
        f"When the cause is mended, `ebb wake {model}` tries again."
    )
    return Announcement("EndpointBroken", model, run, sentence, {"endpoint": endpoint, "reason": safe(told)})


def _beside(reason: str, metric: str | None, known: Mapping[str, float | None]) -> str:
    """The figures that the reason does not name itself, in brackets."""
    names = {"figure": f"{metric} is", "limit": "the limit is", "live_figure": "the live run has"}
    there = {name: value for name, value in known.items() if value is not None}
    told = dict(zip(there, figures(*there.values()), strict=True))
    named = {float(number.replace(",", "")) for number in _NUMBER.findall(reason)}
    parts = [f"{names[name]} {text}" for name, text in told.items() if not _is_among(there[name], named)]
    return f" ({', '.join(parts)})" if parts else ""


def _is_among(value: float, named: Iterable[float]) -> bool:
    return any(math.isclose(value, number, rel_tol=_AS_ROUNDED) for number in named)


def _tested(smoke: Mapping[str, Any]) -> str:
    rows = f"{smoke['rows']:,} row" if smoke["rows"] == 1 else f"{smoke['rows']:,} rows"
    if smoke["measured"] is None or smoke["reported"] is None:
        return f"Its answers to {rows} are possible ones"
    measured, reported = figures(smoke["measured"], smoke["reported"])
    return f"On {rows} its {smoke['metric']} is {measured}, and training reported {reported}"


def _next(endpoint: str, replaced: str | None, *, direct: bool) -> str:
    if direct:
        return (
            "It was not tried beforehand, because the account had no endpoint left for it: "
            "delete one, or ask AWS for a higher quota, before the next upload."
        )
    return "Callers need to change nothing." if replaced else f"Send it rows under the name {endpoint}, which stays."
