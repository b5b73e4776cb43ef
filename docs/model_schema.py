"""The JSON Schema of model.toml, from the very tables that the check goes by."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from ebb.settings.container_environment import ALLOWED, MAX_ENTRIES, MAX_LENGTH, OWN_NAME
from ebb.settings.eval_metrics import METRICS
from ebb.settings.gate import BOUND, MARGIN
from ebb.settings.hyperparameter_table import ALIASES, HYPERPARAMETERS
from ebb.settings.hyperparameters import AUTO, DEFAULTS
from ebb.settings.model_settings import CLASSES, IDLE_MINUTES, KEEP, VALIDATION, ModelSettings
from ebb.settings.training_and_endpoint import CONCURRENCY, INSTANCE_TYPE, MEMORY_SIZES, VOLUME, Endpoint, Training
from ebb.settings.value_kinds import (
    ColumnKind,
    ColumnsKind,
    Flag,
    HeaderKind,
    Kind,
    Real,
    Switch,
    Text,
    Whole,
    Word,
    Words,
)

Schema = dict[str, Any]
ADDRESS = "https://json-schema.org/draft/2020-12/schema"
LONGEST_RUN, MOST_PROVISIONED = Whole(1, 7200), Whole(0, 200)  # the template's own largest values
_BEYOND = (
    "In an editor: `#:schema <path of this file>` as the first line of model.toml. Ebb checks besides, which a schema "
    "cannot say: the file is TOML of at most 64 KB. The stack may allow less (AllowedInstanceTypes, "
    "MaxTrainingMinutes, MaxProvisionedConcurrency). provisioned_concurrency is at most max_concurrency. label is not "
    "in drop. nan, inf and 50.0 for a whole number are refused. A number written as a text has the same range, and a "
    "number in environment the form of its text. Of a hyperparameter and its other name (eta, learning_rate) one is "
    "given. num_class is for multi: objectives. Metrics must fit the objective, also one that was found. "
    "early_stopping_rounds needs eval_metric, validation above 0 and trees. Hyperparameters of trees, of dart and of "
    "reg:tweedie are for those. monotone_constraints needs tree_method exact or hist; max_depth = 0 and "
    "gradient_based do not go with exact, and gradient_based needs image 3.2-0. base_score and scale_pos_weight must "
    "suit the objective. updater begins with what makes the trees. A gate's metric is one that the job logs, "
    "validation: only with held-out rows; at_least is not above at_most; no_worse_than_live needs a validation metric "
    "that can be computed from answers."
)
_LABEL = (
    "What is predicted: a column's name, or its position from 0; -1 is the last. Without it: the one column called "
    "label, target or outcome, class as the last, y as the first or last; without a header the first, where nothing "
    "speaks against it."
)
_CLASSES = "Whether classes keep the numbers that they have in the run that is live, or are numbered anew."
_NUMBER_TEXT = {"type": "string", "pattern": r"^\s*[+-]?[0-9.][0-9._eE+-]*\s*$"}


@singledispatch
def schema_of(kind: Kind) -> Schema:
    """Each kind has a function of its own below; one without is told here, by name, while the schema is written."""
    raise TypeError(f"a setting of the kind {type(kind).__name__} has no schema")


@schema_of.register
def _(kind: Whole) -> Schema:
    return {"type": "integer", "minimum": kind.least, "maximum": kind.most}


@schema_of.register
def _(kind: Real) -> Schema:
    least = "exclusiveMinimum" if kind.open_least else "minimum"
    most = "exclusiveMaximum" if kind.open_most else "maximum"
    return {"type": "number", least: kind.least, most: kind.most}


@schema_of.register
def _(kind: Word) -> Schema:
    return {"enum": list(kind.words)}


@schema_of.register
def _(kind: Switch) -> Schema:
    return {"enum": [*kind.words, *(word == "true" for word in kind.words)]}


@schema_of.register
def _(_kind: Flag) -> Schema:
    return {"type": "boolean"}


@schema_of.register
def _(kind: Words) -> Schema:
    word = rf"\s*({'|'.join((*kind.known, kind.pattern))})\s*"
    text = {"type": "string", "maxLength": kind.most, "pattern": f"^{word}(,{word})*$"}
    return {"anyOf": [text, {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^{word}$"}}]}


@schema_of.register
def _(kind: Text) -> Schema:
    return {"type": "string", "maxLength": kind.most, "pattern": f"^({kind.pattern})$"}


@schema_of.register
def _(_kind: HeaderKind) -> Schema:
    return {"enum": ["auto", True, False]}


@schema_of.register
def _(_kind: ColumnKind) -> Schema:
    name = {"type": "string", "minLength": 1, "pattern": r"\S"}
    return {"anyOf": [name, {"type": "integer", "minimum": -1, "maximum": 9999}]}


@schema_of.register
def _(_kind: ColumnsKind) -> Schema:
    return {"type": "array", "items": schema_of(ColumnKind()), "maxItems": 10_000}


def model_schema() -> Schema:
    """Described for editors; what it refuses the check refuses too."""
    tables = {
        "hyperparameters": _described(_hyperparameters(), "SageMaker's built-in XGBoost, by its own names."),
        "training": _described(_training(), "The training job."),
        "endpoint": _described(_endpoint(), "The serverless endpoint."),
        "gate": _described(_gate(), "What a new run has to reach before it goes live; absent is off."),
        "idle": _described(_idle(), "When the endpoint is torn down."),
    }
    validation = "Share of the rows held out."
    columns = {
        "header": _described(schema_of(HeaderKind()), "Whether the first line names the columns.", "auto"),
        "label": _described(schema_of(ColumnKind()), _LABEL),
        "drop": _described(schema_of(ColumnsKind()), "Columns to leave out, such as ids and free text.", []),
        "classes": _described(schema_of(CLASSES), _CLASSES, KEEP),
        "validation": _described(schema_of(VALIDATION), validation, ModelSettings.validation),
    }
    about = {"$schema": ADDRESS, "title": "Ebb: model.toml", "description": _BEYOND}
    return about | _table(columns | tables)


def _described(schema: Schema, meaning: str, default: Any = None) -> Schema:
    return {"description": meaning} | ({} if default is None else {"default": default}) | schema


def _table(properties: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


def _hyperparameters() -> Schema:
    """A number may be a text, as the API has it."""
    rows = {}
    for name, row in HYPERPARAMETERS.items():
        schema = schema_of(row.kind)
        if isinstance(row.kind, (Whole, Real)):
            schema = {"anyOf": [schema, _NUMBER_TEXT]}
        if name == "objective":
            schema["enum"] = [AUTO, *schema["enum"]]
        rows[name] = _described(schema, row.meaning, DEFAULTS.get(name))
    aliases = {alias: rows[name] | {"description": f"Another name of {name}."} for alias, name in ALIASES.items()}
    for alias in aliases.values():
        alias.pop("default", None)
    return _table(rows | aliases)


def _training() -> Schema:
    kind = {"type": "string", "pattern": f"^{INSTANCE_TYPE}$"}
    volume = "Size of the volume; raised when the data need more, unless set."
    minutes = "The job is stopped after so many minutes."
    return _table(
        {
            "instance_type": _described(kind, "Where it trains.", Training.instance_type),
            "volume_gb": _described(schema_of(VOLUME), volume, Training.volume_gb),
            "max_runtime_minutes": _described(schema_of(LONGEST_RUN), minutes, Training.max_runtime_minutes),
        }
    )


def _endpoint() -> Schema:
    always = "Instances kept warm, at most max_concurrency; billed all the time."
    return _table(
        {
            "memory_mb": _described({"enum": list(MEMORY_SIZES)}, "Memory of an instance.", Endpoint.memory_mb),
            "max_concurrency": _described(schema_of(CONCURRENCY), "Calls at a time.", Endpoint.max_concurrency),
            "provisioned_concurrency": _described(
                schema_of(MOST_PROVISIONED), always, Endpoint.provisioned_concurrency
            ),
            "environment": _described(_environment(), "Variables of the serving container.", {}),
        }
    )


def _environment() -> Schema:
    """Whole numbers may stand without quotes; whether one fits, Ebb checks."""
    free = {"type": ["string", "integer"], "maxLength": MAX_LENGTH}
    allowed = {
        name: {"description": f"Must be {rule}.", "type": ["string", "integer"], "pattern": f"^({pattern})$"}
        for name, (pattern, rule) in ALLOWED.items()
    }
    return _table(allowed, patternProperties={f"^{OWN_NAME}$": free}, maxProperties=MAX_ENTRIES)


def _gate() -> Schema:
    metric = {"type": "string", "pattern": f"^(train|validation):({'|'.join(METRICS)})$"}
    margin = "Share by which the metric may be worse than the live run's."
    limits = {
        "at_most": _described(schema_of(BOUND), "The metric's largest value."),
        "at_least": _described(schema_of(BOUND), "The metric's smallest value."),
        "no_worse_than_live": _described(schema_of(MARGIN), margin),
    }
    one_of_them = [{"required": [name]} for name in limits]
    return _table(
        {"metric": _described(metric, "A metric that the job logs.")} | limits, required=["metric"], anyOf=one_of_them
    )


def _idle() -> Schema:
    minutes = "Minutes without a call; the stack's IdleAfterMinutes unless set."
    return _table(
        {
            "after_minutes": _described(schema_of(IDLE_MINUTES), minutes),
            "keep": _described(schema_of(Flag()), "Never torn down.", default=False),
        }
    )
