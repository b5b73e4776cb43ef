"""`model.toml`: what a data scientist may set, with its defaults and the template's limits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from ebb.problems import Code, Problem, RefusedError, quoted
from ebb.settings.gate import Gate, read_gate
from ebb.settings.hyperparameter_table import ALIASES, HYPERPARAMETERS
from ebb.settings.hyperparameters import AUTO, DEFAULTS, as_texts, for_objective, read_hyperparameters, refuse_unfit
from ebb.settings.live_label import LiveLabel
from ebb.settings.toml_table import REMEDY, SettingsTable, TomlLines, line_of_error
from ebb.settings.training_and_endpoint import (
    MEMORY_SIZES,
    NO_SETTINGS,
    Endpoint,
    SettingsLimits,
    Training,
    read_endpoint,
    read_training,
)
from ebb.settings.value_kinds import Column, ColumnKind, ColumnsKind, Flag, Header, HeaderKind, Real, Whole, Word

__all__ = ["MAX_FILE_BYTES", "MEMORY_SIZES", "Endpoint", "Gate", "Idle", "ModelSettings", "Training", "read_settings"]
MAX_FILE_BYTES = 64 * 1024
_LONGEST_SAID = 200
_MOST_PARTS = 50
# tomllib takes time with the square of a name's parts.
_ENDLESS_NAME = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}""")
VALIDATION, IDLE_MINUTES = Real(0, 0.5), Whole(1, 43_200)
KEEP, NEW = "keep", "new"
CLASSES = Word((KEEP, NEW))
_COLUMNS = ("header", "label", "drop", "classes", "validation")
_TOP = (*_COLUMNS, "hyperparameters", "training", "endpoint", "gate", "idle")


@dataclass(frozen=True)
class Idle:
    """`after_minutes` None: the stack's own."""

    after_minutes: int | None = None
    keep: bool = False


@dataclass(frozen=True)
class ModelSettings:
    """One run's settings; kept beside it as settings.json, so that a retry never sees a newer file.

    `label` None: found from the file. `live`: what the model predicts already; None where nothing is to be kept.
    """

    header: Header = "auto"
    label: Column | None = None
    drop: tuple[Column, ...] = ()
    classes: str = KEEP
    validation: float = 0.2
    hyperparameters: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS))
    training: Training = field(default_factory=Training)
    endpoint: Endpoint = field(default_factory=Endpoint)
    gate: Gate | None = None
    idle: Idle = field(default_factory=Idle)
    live: LiveLabel | None = None

    @property
    def objective(self) -> str:
        """`auto`: found from the file."""
        return str(self.hyperparameters["objective"])

    @property
    def num_class(self) -> int | None:
        given = self.hyperparameters.get("num_class")
        return None if given is None else int(given)

    @property
    def hyperparameter_texts(self) -> dict[str, str]:
        """For CreateTrainingJob."""
        return as_texts(self.hyperparameters)

    def for_task(self, objective: str, num_class: int | None) -> Self:
        """The same with the task that was found."""
        return replace(self, hyperparameters=for_objective(self.hyperparameters, objective, num_class))

    def of_run(self, dataset: Mapping[str, Any]) -> Self:
        """As the run is trained; `dataset`: its dataset.json, which has the task that was found."""
        return self.for_task(dataset["objective"], dataset["num_class"])

    def keeping(self, run: str, dataset: Mapping[str, Any] | None) -> Self:
        """With the label of the run that is live, whose dataset.json this is, unless its classes are numbered anew."""
        if dataset is None or self.classes == NEW:
            return replace(self, live=None)
        return replace(self, live=LiveLabel.of(run, dataset))

    def misfits(self) -> list[Problem]:
        """What was set without knowing the task, and does not go with it."""
        problems: list[Problem] = []
        refuse_unfit(self.hyperparameters, self.validation, problems)
        if self.gate and not problems:
            given = {name: value for name, value in asdict(self.gate).items() if value is not None}
            table = SettingsTable(("gate",), given, problems, TomlLines(""))
            read_gate(table, self.hyperparameters, validation=self.validation, version="")
        return problems

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"drop": list(self.drop), "live": self.live and self.live.as_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ModelSettings:
        """Of this version or an earlier one: what it did not know yet has its default."""
        gate, live = kept.get("gate"), kept.get("live")
        return cls(
            header=kept.get("header", "auto"),
            label=kept.get("label"),
            drop=tuple(kept.get("drop", ())),
            classes=kept.get("classes", KEEP),
            validation=kept["validation"],
            hyperparameters=kept["hyperparameters"],
            training=Training(**_known(Training, kept["training"])),
            endpoint=Endpoint(**_known(Endpoint, kept["endpoint"])),
            gate=Gate(**_known(Gate, gate)) if gate else None,
            idle=Idle(**_known(Idle, kept.get("idle", {}))),
            live=LiveLabel.from_json(live) if live else None,
        )


def _known(kind: type[Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    return {known.name: kept[known.name] for known in fields(kind) if known.name in kept}


_HOMES = {
    **dict.fromkeys((*HYPERPARAMETERS, *ALIASES), "hyperparameters"),
    **{known.name: "training" for known in fields(Training) if known.name != "volume_is_set"},
    **{known.name: "endpoint" for known in fields(Endpoint)},
    **{known.name: "gate" for known in fields(Gate)},
    **{known.name: "idle" for known in fields(Idle)},
    **dict.fromkeys(_COLUMNS, ""),
}


def text_of(content: bytes) -> str:
    """The file's text; RefusedError when it is no UTF-8, or longer than anybody would write it by hand."""
    if len(content) > MAX_FILE_BYTES:
        problem = f"model.toml has more than {MAX_FILE_BYTES:,} bytes, which is the limit."
        raise RefusedError([Problem(Code.WRONG_SETTING, problem, "Shorten it.")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"model.toml holds the byte 0x{content[error.start]:02X}, which is not UTF-8."
        raise RefusedError([Problem(Code.WRONG_SETTING, problem, "Save it as UTF-8.", line)]) from error


def read_settings(text: str, limits: SettingsLimits) -> ModelSettings:
    """RefusedError names every mistake at once."""
    problems: list[Problem] = []
    top = SettingsTable((), _parsed(text), problems, TomlLines(text))
    settings = _read(top, limits)
    if problems:
        raise RefusedError(sorted(problems, key=lambda problem: problem.line or 0))
    return settings


def _parsed(text: str) -> dict[str, Any]:
    if found := _ENDLESS_NAME.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _no_settings(f"model.toml has a name of {_MOST_PARTS} parts or more.", line)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as broken:  # numbers of thousands of digits, brackets of thousands of levels
        said = str(broken).rstrip(".") if len(str(broken)) <= _LONGEST_SAID else quoted(str(broken))
        raise _no_settings(f"model.toml is not TOML: {said}.", line_of_error(str(broken), text)) from broken


def _no_settings(sentence: str, line: int | None) -> RefusedError:
    return RefusedError([Problem(Code.WRONG_SETTING, sentence, REMEDY, line=line)])


def _read(top: SettingsTable, limits: SettingsLimits) -> ModelSettings:
    top.refuse_unknown(_TOP, NO_SETTINGS, _HOMES)
    label, drop = top.read("label", ColumnKind(), None), top.read("drop", ColumnsKind(), ())
    if "label" in top.given and label in drop:
        top.refuse("label", "is in drop too")
    validation = float(top.read("validation", VALIDATION, 0.2))
    version = limits.image_version
    before = len(top.problems)
    table = top.table("hyperparameters")
    hyperparameters = read_hyperparameters(table, _HOMES, validation=validation, version=version)
    measured = hyperparameters if len(top.problems) == before and hyperparameters["objective"] != AUTO else {}
    gate = top.table("gate")
    return ModelSettings(
        header=top.read("header", HeaderKind(), "auto"),
        label=label,
        drop=drop,
        classes=top.read("classes", CLASSES, KEEP),
        validation=validation,
        hyperparameters=hyperparameters,
        training=read_training(top.table("training"), limits, _HOMES),
        endpoint=read_endpoint(top.table("endpoint"), limits, _HOMES),
        gate=read_gate(gate, measured, validation=validation, version=version) if "gate" in top.given else None,
        idle=_idle(top.table("idle")),
    )


def _idle(table: SettingsTable) -> Idle:
    table.refuse_unknown(("after_minutes", "keep"), {}, _HOMES)
    return Idle(table.read("after_minutes", IDLE_MINUTES, None), table.read("keep", Flag(), default=False))
