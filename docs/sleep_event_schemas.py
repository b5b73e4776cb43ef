"""What the announcements of an endpoint's sleep hold: asleep, awake, cheaper, gone."""

from __future__ import annotations

from docs.schema_parts import CONFIG, COUNT, DURATION, FLAG, NAMED, REASON, TEXT, TIME, Schema, closed, or_null, said

WAKE = said("The command that brings it back.", TEXT)
DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
ANY_ENDPOINT = said(
    "The endpoint; an adopted one may have any name.", {"type": "string", "pattern": r"^[A-Za-z0-9-]{1,63}$"}
)


def _idle() -> dict[str, Schema]:
    """Evidence grows with what there is to know, so it alone is open."""
    evidence = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
    return {
        "idle_since": said("Since when nobody has called it; null where that was not asked.", or_null(TIME)),
        "evidence": said("What that rests on.", evidence),
        "keep": said("The command that keeps it awake.", TEXT),
    }


def sleeps_soon() -> dict[str, Schema]:
    return {
        "endpoint": ANY_ENDPOINT,
        **_idle(),
        "sleeps_after": said("When it may be put to sleep, at the earliest.", TIME),
        "last_call": said("The newest call that CloudWatch shows; null without one.", or_null(TIME)),
        "blocked": said("Why it is not put to sleep all the same; null where nothing is in the way.", or_null(TEXT)),
    }


def asleep() -> dict[str, Schema]:
    saved = {
        "endpoint_slots": said("Places of the account's endpoint quota.", COUNT),
        "gb_hours_per_day": said("Of provisioned concurrency, billed no longer; on demand nothing was.", DURATION),
    }
    return {
        "endpoint": ANY_ENDPOINT,
        "config": said("The endpoint config that is kept for it.", TEXT),
        **_idle(),
        "why": REASON,
        "wake": WAKE,
        "saved": closed("What its sleep frees.", saved),
        "by": said("Who put it to sleep: nobody called it, or a person asked.", {"enum": ["idle", "request"]}),
    }


def image_retires() -> dict[str, Schema]:
    return {
        "endpoint": NAMED,
        "config": said("The endpoint config that it is served with, or wakes with.", CONFIG),
        "asleep_since": said("Since when it sleeps; null where it is awake.", or_null(TIME)),
        "image": said("The version of SageMaker's XGBoost that trained the model, and serves it.", TEXT),
        "patched_until": said("When AWS ends patching that image.", DAY),
    }


def waking() -> dict[str, Schema]:
    by = {"enum": ["predict", "request", "unknown"]}
    return {
        "endpoint": NAMED,
        "config": said("The endpoint config that it is created from.", CONFIG),
        "since_asleep": said("Since when it slept; null where that is not known.", or_null(TIME)),
        "by": said("Who asked: a call of the predict URL, or a person or a schedule.", by),
        "rebuilt": said("Its config and model had been removed, and are made anew.", FLAG),
    }


def downgraded() -> dict[str, Schema]:
    return {
        "endpoint": NAMED,
        "config": said("The endpoint config that it has now.", CONFIG),
        "instead_of": said("The one before.", CONFIG),
        "provisioned_concurrency": said("That it had.", COUNT),
        "memory_mb": said("Of each copy.", COUNT),
        "gb_hours_per_day": said("Billed no longer.", DURATION),
    }


def purged() -> dict[str, Schema]:
    return {
        "endpoint": NAMED,
        "removed": said("The names of what was removed.", {"type": "array", "items": TEXT}),
        "artifact": said("Where the model itself stays; null where there is none.", or_null(TEXT)),
        "asleep_since": said("Since when it slept; null where it did not.", or_null(TIME)),
        "wake": WAKE,
        "by": said("Why: it slept or was superseded for long, or a person asked.", {"enum": ["age", "request"]}),
    }
