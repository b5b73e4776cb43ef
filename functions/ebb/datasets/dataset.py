"""What is known of a table that was accepted: dataset.json, without the facts of the upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebb.datasets.columns import NumberColumn
from ebb.datasets.encoding import Encoding
from ebb.datasets.split import Split
from ebb.datasets.table import Table
from ebb.datasets.task import Task
from ebb.problems import Problem

SCHEMA = 1


@dataclass(frozen=True)
class Dataset:
    """`rows`: all, train, validation and smoke. `sha256` is that of the file as it is stored."""

    format: dict[str, Any]
    task: Task
    label: dict[str, Any]
    columns: list[dict[str, Any]]
    features: tuple[str, ...]
    encoding: str
    rows: dict[str, int]
    validation: float
    sha256: str
    warnings: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": "accepted",
            "source": {"sha256": self.sha256},
            "format": self.format,
            "objective": self.task.objective,
            "num_class": self.task.num_class,
            "label": self.label,
            "columns": self.columns,
            "features": list(self.features),
            "encoding": self.encoding,
            "rows": self.rows,
            "validation": self.validation,
            "warnings": [warning.as_json() for warning in self.warnings],
            "problems": [],
        }


def label_facts(table: Table, task: Task) -> dict[str, Any]:
    """`classes`: as the file spells them, in the order of the numbers that the model answers."""
    label = table.label
    extremes = (label.minimum, label.maximum) if isinstance(label, NumberColumn) else (None, None)
    return {
        "position": label.position,
        "name": label.name,
        "chosen": table.layout.how.value,
        "kind": "number" if task.classes is None else "class",
        "classes": None if task.classes is None else list(task.classes),
        "minimum": extremes[0],
        "maximum": extremes[1],
    }


def row_counts(table: Table, split: Split) -> dict[str, int]:
    return {"all": table.rows, "train": split.train, "validation": split.validation, "smoke": split.smoke}


def format_facts(encoding: Encoding, *, compressed: bool) -> dict[str, Any]:
    layout = encoding.layout
    compression = "gzip" if compressed else None
    return {"delimiter": layout.delimiter, "header": layout.has_header, "compression": compression}
