"""A small model's document, to be spoiled."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from ebb.trees.model import Model
from ebb.trees.model_file import read_model_file
from tests.unit.ebb.trees.boosters import made_rows, saved, trained
from tests.unit.ebb.trees.cases import Case

SMALL = Case("binary:logistic", "gbtree", 0.15, True, False, 2, 3, 3, 1, "hist", None)
DART = Case("multi:softprob", "dart", 0.15, False, False, 3, 3, 3, 1, "hist", None)


@cache
def model_bytes(case: Case, form: str) -> bytes:
    return saved(trained(case, made_rows(300, case, seed=1)), form)


@cache
def _document(case: Case) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(model_bytes(case, "json"))
    return document


def document(case: Case = SMALL) -> dict[str, Any]:
    return copy.deepcopy(_document(case))


def trees(of: dict[str, Any]) -> list[dict[str, Any]]:
    booster = of["learner"]["gradient_booster"]
    found: list[dict[str, Any]] = booster.get("gbtree", booster)["model"]["trees"]
    return found


def read(of: dict[str, Any]) -> Model:
    return read_model_file(as_json(of))


def as_json(of: Any) -> bytes:
    return json.dumps(of).encode()
