"""The schemas of what Ebb announces: one for the `detail` of each event with the source `ebb`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from docs.dataset_schema import dataset_schema
from ebb.announcements import MAX_SENTENCE_LENGTH
from ebb.names import MAX_MODEL_LENGTH
from ebb.news import Held
from ebb.problems import MAX_PROBLEMS

Schema = dict[str, Any]
_RUN = r"[a-z][a-z0-9]{0,11}-[a-z0-9-]{1,28}-\d{12}-[a-z2-7]{5}"
_SAFE = r'^[^\u0000-\u001f\u007f\u2028\u2029"\\]+$'


@dataclass(frozen=True)
class Event:
    """`facts`: what its detail holds beside what all have. `optional`: those that may be absent. `more`: rules."""

    when: str
    facts: Mapping[str, Schema]
    run: Schema
    optional: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def _said(meaning: str, schema: Schema) -> Schema:
    return {"description": meaning} | schema


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


_TEXT: Schema = {"type": "string", "minLength": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_DURATION: Schema = {"type": "number", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_RUN_ID: Schema = {"type": "string", "pattern": f"^{_RUN}$"}
_CONFIG: Schema = {"type": "string", "pattern": rf"^{_RUN}(-od|-\d{{1,2}})?$"}
_ENDPOINT: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9]{0,11}-[a-z0-9-]+$", "maxLength": 63}
_REASON = _said("Why, for people.", _TEXT | {"pattern": _SAFE})
_ITS_RUN = _said("The run that it is about.", _RUN_ID)
_PERHAPS_RUN = _said("The run that it is about; null where there is none.", _or_null(_RUN_ID))
_CODES = (
    "gate, its metric is not what [gate] asks for; smoke_test, the endpoint does not answer as the model was trained; "
    "not_comparable, the live run's rows cannot be told in its columns or the other way round; endpoint_failed, "
    "SageMaker could not bring it into service; stuck, SageMaker came to no end; quota, the account allows too little; "
    "waited, it had to wait longer than MaxWaitHours"
)
_NAMED = _said("The model's endpoint.", _ENDPOINT)


def _closed(meaning: str, properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "description": meaning,
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _rows() -> Schema:
    parts = {
        "all": "In the file.",
        "train": "Trained on.",
        "validation": "Held out.",
        "smoke": "Kept to ask the endpoint with.",
    }
    return _closed("How many rows there are.", {name: _said(meaning, _COUNT) for name, meaning in parts.items()})


def _smoke() -> Schema:
    parts = {
        "metric": _said(
            "What was compared; null where nothing could be computed, as are the next three.", _or_null(_TEXT)
        ),
        "reported": _said("What training reported of it.", _or_null(_NUMBER)),
        "measured": _said("What the endpoint's answers give.", _or_null(_NUMBER)),
        "tolerance": _said("How far the two may be apart.", _or_null(_DURATION)),
        "rows": _said("How many rows the endpoint was asked.", _COUNT),
    }
    return _closed("The smoke test that it passed.", parts)


def _held_back() -> dict[str, Schema]:
    return {
        "code": _said(f"What kind of reason it is: {_CODES}.", {"enum": list(get_args(Held))}),
        "reason": _REASON,
        "metric": _said("What the gate compares; null where it is not about that.", _or_null(_TEXT)),
        "figure": _said("The run's metric.", _or_null(_NUMBER)),
        "limit": _said("What was allowed.", _or_null(_NUMBER)),
        "live_run": _said("What stays live; null when nothing is live.", _or_null(_RUN_ID)),
        "live_figure": _said("The live run's metric, on the same rows.", _or_null(_NUMBER)),
    }


def _live() -> dict[str, Schema]:
    return {
        "endpoint": _NAMED,
        "config": _said("The endpoint config that was confirmed.", _CONFIG),
        "replaced": _said("The run that was live before; null for the first.", _or_null(_RUN_ID)),
        "direct": _said("Updated without a candidate, because no endpoint was left for one.", _FLAG),
        "smoke": _smoke(),
        "cold_seconds": _said("How long the first call took.", _DURATION),
        "warm_seconds": _said("How long the next call took.", _DURATION),
    }


def _refused() -> Event:
    problems = {"type": "array", "items": {"$ref": "#/$defs/problem"}, "minItems": 1, "maxItems": MAX_PROBLEMS}
    facts: dict[str, Schema] = {
        "problems": _said("What is wrong, where, and what to do about it.", problems),
        "key": _said("The object's key; only where there is no run.", _TEXT),
    }
    no_run: Schema = {"if": {"properties": {"run": {"type": "null"}}}, "then": {"required": ["key"]}}
    more = no_run | {"else": {"properties": {"key": False}}, "$defs": {"problem": dataset_schema()["$defs"]["problem"]}}
    return Event("An upload cannot be trained.", facts, _PERHAPS_RUN, ("key",), more)


def _rolled_back() -> dict[str, Schema]:
    by = {"enum": ["sagemaker", "ebb"]}
    return {
        "endpoint": _NAMED,
        "live_run": _said("The run that answers again.", _RUN_ID),
        "reason": _REASON,
        "by": _said("Who went back: SageMaker by itself, or Ebb after its smoke test.", by),
    }


def events() -> dict[str, Event]:
    retry = _said("Whether the same data may be trained without a change.", _FLAG)
    created = _said("When the endpoint was created.", _TIME)
    return {
        "DatasetRefused": _refused(),
        "TrainingStarted": Event("An upload is accepted and its training job started.", {"rows": _rows()}, _ITS_RUN),
        "TrainingFailed": Event("A run could not be trained.", {"reason": _REASON, "retry": retry}, _ITS_RUN),
        "ModelHeldBack": Event("A trained run does not go live; what was live stays live.", _held_back(), _ITS_RUN),
        "EndpointLive": Event("The model's endpoint answers with a run that was proven.", _live(), _ITS_RUN),
        "EndpointRolledBack": Event("The endpoint went back to the run before.", _rolled_back(), _ITS_RUN),
        "EndpointBroken": Event(
            "Going back failed too: left for a person.", {"endpoint": _NAMED, "reason": _REASON}, _PERHAPS_RUN
        ),
        "EndpointAsleep": Event("An idle endpoint was deleted; its model is kept.", {"created": created}, _ITS_RUN),
    }


def shared_facts(run: Schema) -> dict[str, Schema]:
    model = {"type": "string", "pattern": "^(-|[a-z0-9]+(-[a-z0-9]+)*)$", "maxLength": MAX_MODEL_LENGTH}
    sentence = {"type": "string", "pattern": _SAFE, "maxLength": MAX_SENTENCE_LENGTH}
    return {
        "stack": _said("The stack that says it.", _TEXT),
        "model": _said("The model; a hyphen where the key names none.", model),
        "run": run,
        "sentence": _said("What happened, why, and what to do next.", sentence),
    }


def event_schema(name: str) -> Schema:
    """Closed: another fact is an error."""
    event = events()[name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Ebb: detail of {name}"}
    properties = {**shared_facts(event.run), **event.facts}
    return {**head, **_closed(event.when, properties, event.optional), **event.more}


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
