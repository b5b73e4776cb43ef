"""Datasets as start_training describes them, to be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def column() -> Make:
    def make(position: int, name: str | None = None, **facts: Any) -> dict[str, Any]:
        usual = {"role": "feature", "kind": "number", "missing": 0.0, "minimum": 0.0, "maximum": 1.0}
        return {"position": position, "name": name, **usual, "categories": None, "features": [position], **facts}

    return make


@pytest.fixture
def problem() -> Make:
    def make(said: str = "'abc' is not a number.", **facts: Any) -> dict[str, Any]:
        nowhere = {"code": "not_a_number", "line": None, "column": None, "value": None}
        return {**nowhere, "problem": said, "remedy": "Write a number.", **facts}

    return make


@pytest.fixture
def accepted(column: Make) -> dict[str, Any]:
    """Two measurements and the label."""
    label = {
        "position": 2,
        "name": "rings",
        "chosen": "named",
        "kind": "number",
        "classes": None,
        "minimum": 1.0,
        "maximum": 29.0,
    }
    return {
        "schema": 1,
        "verdict": "accepted",
        "format": {"delimiter": ",", "header": True, "compression": None},
        "objective": "reg:squarederror",
        "label": label,
        "columns": [
            column(0, "length", minimum=0.075, maximum=0.815),
            column(1, "height", missing=0.25),
            column(2, "rings", role="label", minimum=1.0, maximum=29.0, features=[]),
        ],
        "features": ["length", "height"],
        "rows": {"all": 4177, "train": 3341, "validation": 836, "smoke": 200},
        "validation": 0.2,
        "warnings": [],
        "problems": [],
    }
