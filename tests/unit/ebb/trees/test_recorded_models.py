"""Models of other images than the installed xgboost's, with what that xgboost answered (recording.py)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ebb.trees.answers import answers
from ebb.trees.margins import margins
from ebb.trees.model_file import read_model
from tests.unit.ebb.trees.cases import OBJECTIVES

FOLDER = Path(__file__).parents[3] / "data" / "models" / "3.0-5"
NAMES = [f"{objective.replace(':', '-')}.tar.gz" for objective in OBJECTIVES]


@cache
def _recorded() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((FOLDER / "answers.json").read_text())
    return recorded


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_3_0_5_answers_as_3_0_5_did(name: str) -> None:
    model, told = read_model(FOLDER / name), _recorded()[name]
    assert model.version == (3, 0, 5)
    assert [list(each) for each in margins(model, told["rows"])] == told["margins"]
    assert [list(each) for each in answers(model, told["rows"])] == told["answers"]
