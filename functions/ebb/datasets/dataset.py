"""What is known of a table that was accepted: dataset.json, without the facts of the upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebb.datasets.columns import NumberColumn
from ebb.datasets.encoding import Encoding
from ebb.datasets.label_column import ClassNumbers, ClassWords
from ebb.datasets.split import Split
from ebb.datasets.table import Table
from ebb.problems import Problem

SCHEMA = 1


@dataclass(frozen=True)
class Dataset:
    """`rows`: all, train, validation and smoke. `sha256` is that of the file as it is stored."""

    format: dict[str, Any]
    objective: str
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
            "objective": self.objective,
            "label": self.label,
            "columns": self.columns,
            "features": list(self.features),
            "encoding": self.encoding,
            "rows": self.rows,
            "validation": self.validation,
            "warnings": [warning.as_json() for warning in self.warnings],
            "problems": [],
        }


def label_facts(table: Table) -> dict[str, Any]:
    """`classes`: the words, in the order of the numbers that the model answers."""
    label = table.label
    extremes = (label.minimum, label.maximum) if isinstance(label, NumberColumn) else (None, None)
    return {
        "position": label.position,
        "name": label.name,
        "kind": "class" if isinstance(label, (ClassNumbers, ClassWords)) else "number",
        "classes": sorted(label.values) if isinstance(label, ClassWords) else None,
        "minimum": extremes[0],
        "maximum": extremes[1],
    }


def row_counts(table: Table, split: Split) -> dict[str, int]:
    return {"all": table.rows, "train": split.train, "validation": split.validation, "smoke": split.smoke}


def format_facts(encoding: Encoding, *, compressed: bool) -> dict[str, Any]:
    layout = encoding.layout
    compression = "gzip" if compressed else None
    return {"delimiter": layout.delimiter, "header": layout.has_header, "compression": compression}
