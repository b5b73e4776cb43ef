"""The schemas of what Ebb announces: one for the `detail` of each event with the source `ebb`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from docs import sleep_event_schemas as sleep
from docs.dataset_schema import dataset_schema
from docs.schema_parts import (
    CONFIG,
    COUNT,
    DURATION,
    FLAG,
    ITS_RUN,
    NAMED,
    NUMBER,
    PERHAPS_RUN,
    REASON,
    RUN_ID,
    SAFE,
    TEXT,
    Schema,
    closed,
    or_null,
    said,
)
from ebb.announcements.announcement import MAX_SENTENCE_LENGTH
from ebb.announcements.deployment_events import Held
from ebb.names import MAX_MODEL_LENGTH
from ebb.problems import MAX_PROBLEMS


@dataclass(frozen=True)
class Event:
    """`facts`: what its detail holds beside what all have. `optional`: those that may be absent. `more`: rules."""

    when: str
    facts: Mapping[str, Schema]
    run: Schema
    optional: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


_CODES = (
    "gate, its metric is not what [gate] asks for; smoke_test, the endpoint does not answer as the model was trained; "
    "not_comparable, the live run's rows cannot be told in its columns or the other way round; endpoint_failed, "
    "SageMaker could not bring it into service; stuck, SageMaker came to no end; quota, the account allows too little; "
    "waited, it had to wait longer than MaxWaitHours"
)


def _rows() -> Schema:
    parts = {
        "all": "In the file.",
        "train": "Trained on.",
        "validation": "Held out.",
        "smoke": "Kept to ask the endpoint with.",
    }
    return closed("How many rows there are.", {name: said(meaning, COUNT) for name, meaning in parts.items()})


def _smoke() -> Schema:
    parts = {
        "metric": said(
            "What was compared; null where nothing could be computed, as are the next three.", or_null(TEXT)
        ),
        "reported": said("What training reported of it.", or_null(NUMBER)),
        "measured": said("What the endpoint's answers give.", or_null(NUMBER)),
        "tolerance": said("How far the two may be apart.", or_null(DURATION)),
        "rows": said("How many rows the endpoint was asked.", COUNT),
    }
    return closed("The smoke test that it passed.", parts)


def _held_back() -> dict[str, Schema]:
    return {
        "code": said(f"What kind of reason it is: {_CODES}.", {"enum": list(get_args(Held))}),
        "reason": REASON,
        "metric": said("What the gate compares; null where it is not about that.", or_null(TEXT)),
        "figure": said("The run's metric.", or_null(NUMBER)),
        "limit": said("What was allowed.", or_null(NUMBER)),
        "live_run": said("What stays live; null when nothing is live.", or_null(RUN_ID)),
        "live_figure": said("The live run's metric, on the same rows.", or_null(NUMBER)),
    }


def _live() -> dict[str, Schema]:
    return {
        "endpoint": NAMED,
        "config": said("The endpoint config that was confirmed.", CONFIG),
        "replaced": said("The run that was live before; null for the first.", or_null(RUN_ID)),
        "direct": said("Updated without a candidate, because no endpoint was left for one.", FLAG),
        "woken": said("It was asleep, and answers as before.", FLAG),
        "settings": said("What of its settings is other than before; null where they are not.", or_null(TEXT)),
        "smoke": _smoke(),
        "cold_seconds": said("How long the first call took.", DURATION),
        "warm_seconds": said("How long the next call took.", DURATION),
    }


def _refused() -> Event:
    problems = {"type": "array", "items": {"$ref": "#/$defs/problem"}, "minItems": 1, "maxItems": MAX_PROBLEMS}
    facts: dict[str, Schema] = {
        "problems": said("What is wrong, where, and what to do about it.", problems),
        "key": said("The object's key; only where there is no run.", TEXT),
    }
    no_run: Schema = {"if": {"properties": {"run": {"type": "null"}}}, "then": {"required": ["key"]}}
    more = no_run | {"else": {"properties": {"key": False}}, "$defs": {"problem": dataset_schema()["$defs"]["problem"]}}
    return Event("An upload cannot be trained.", facts, PERHAPS_RUN, ("key",), more)


def _rolled_back() -> dict[str, Schema]:
    by = {"enum": ["sagemaker", "ebb", "request"]}
    return {
        "endpoint": NAMED,
        "live_run": said("The run that answers again.", RUN_ID),
        "reason": REASON,
        "by": said("Who went back: SageMaker by itself, Ebb after its smoke test, or a person.", by),
    }


def _request_refused() -> dict[str, Schema]:
    by = {"enum": ["predict", "request", "unknown"]}
    return {
        "request": said("What was asked for: Wake, Sleep, Keep, Retry, Apply, Rollback or Delete.", TEXT),
        "reason": REASON,
        "by": said("Who asked, as far as the request says: a call of the predict URL, or a person or a schedule.", by),
    }


def events() -> dict[str, Event]:
    retry = said("Whether the same data may be trained without a change.", FLAG)
    return {
        "DatasetRefused": _refused(),
        "TrainingStarted": Event("An upload is accepted and its training job started.", {"rows": _rows()}, ITS_RUN),
        "TrainingFailed": Event("A run could not be trained.", {"reason": REASON, "retry": retry}, ITS_RUN),
        "ModelHeldBack": Event("A trained run does not go live; what was live stays live.", _held_back(), ITS_RUN),
        "EndpointLive": Event("The model's endpoint answers with a run that was proven.", _live(), ITS_RUN),
        "EndpointRolledBack": Event("The endpoint went back to the run before.", _rolled_back(), ITS_RUN),
        "EndpointBroken": Event(
            "An endpoint could not be mended or woken: left for a person.",
            {"endpoint": NAMED, "reason": REASON},
            PERHAPS_RUN,
        ),
        "EndpointSleepsSoon": Event(
            "Nobody calls it: a warning before it is put to sleep.", sleep.sleeps_soon(), PERHAPS_RUN
        ),
        "EndpointAsleep": Event("The endpoint is deleted; what it needs to wake is kept.", sleep.asleep(), PERHAPS_RUN),
        "ImageRetires": Event(
            "The image that serves a model gets no patches any more soon: its data is to be uploaded again.",
            sleep.image_retires(),
            ITS_RUN,
        ),
        "EndpointWaking": Event(
            "An endpoint that slept is created anew; EndpointLive follows.", sleep.waking(), ITS_RUN
        ),
        "EndpointDowngraded": Event(
            "An idle endpoint goes on without provisioned concurrency.", sleep.downgraded(), ITS_RUN
        ),
        "EndpointPurged": Event("Config and model are removed; the artifact is kept.", sleep.purged(), PERHAPS_RUN),
        "RequestRefused": Event(
            "What was asked of a model is refused, or was given up.", _request_refused(), PERHAPS_RUN
        ),
    }


def shared_facts(run: Schema) -> dict[str, Schema]:
    model = {"type": "string", "pattern": "^(-|[a-z0-9]+(-[a-z0-9]+)*)$", "maxLength": MAX_MODEL_LENGTH}
    sentence = {"type": "string", "pattern": SAFE, "maxLength": MAX_SENTENCE_LENGTH}
    return {
        "stack": said("The stack that says it.", TEXT),
        "model": said("The model; a hyphen where the key names none.", model),
        "run": run,
        "sentence": said("What happened, why, and what to do next.", sentence),
    }


def event_schema(name: str) -> Schema:
    """Closed: another fact is an error."""
    event = events()[name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Ebb: detail of {name}"}
    properties = {**shared_facts(event.run), **event.facts}
    return {**head, **closed(event.when, properties, event.optional), **event.more}


def event_table() -> str:
    """The README's: what each event is about, and what its detail holds besides."""
    rows = ["| detail-type | when | facts |", "|---|---|---|"]
    for name, event in events().items():
        facts = "<br>".join(_told(fact, schema) for fact, schema in event.facts.items())
        rows.append(f"| [{name}]({name}.schema.json) | {event.when} | {facts} |")
    return "\n".join(rows)


def _told(name: str, schema: Schema) -> str:
    inside = f" ({', '.join(f'`{part}`' for part in schema['properties'])})" if "properties" in schema else ""
    return f"`{name}`{inside}: {schema['description']}"
