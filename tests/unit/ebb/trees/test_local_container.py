"""The text of an answer is what the local cloud's container sends for the same rows, to the byte."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ebb.trees.answers import answer_text, answers
from ebb.trees.model_file import read_model
from local.container.invocations import Container, Request
from local.container.scoring import Scoring
from local.container.serving_settings import ServingSettings
from tests.unit.ebb.trees.boosters import archive_of, made_rows, saved, trained
from tests.unit.ebb.trees.cases import Case

CASES = [
    Case("reg:squarederror", "gbtree", 0.15, False, True, 2, 4, 20, 1, "hist", None),
    Case("binary:logistic", "dart", 0.15, True, True, 2, 3, 20, 1, "hist", None),
    Case("multi:softprob", "gbtree", 0.0, True, True, 5, 3, 10, 2, "hist", None),
    Case("multi:softmax", "gbtree", 0.15, False, False, 4, 3, 5, 1, "approx", None),
    Case("count:poisson", "gbtree", 0.15, False, False, 2, 3, 10, 1, "exact", 0.3),
    Case("binary:hinge", "gbtree", 0.0, False, False, 2, 3, 5, 1, "hist", None),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_artifact_answers_as_the_container(case: Case, tmp_path: Path) -> None:
    booster = trained(case, made_rows(300, case, seed=5))
    (tmp_path / "xgboost-model").write_bytes(saved(booster))
    container = Container(Scoring(tmp_path, ensemble=True), ServingSettings.from_environment({}))
    rows = made_rows(100, case, seed=6).astype(float).tolist()
    sent = "\n".join(",".join("" if math.isnan(cell) else repr(cell) for cell in row) for row in rows)
    answered = container.answer(Request("POST", "/invocations", sent.encode(), "text/csv", "text/csv"))
    assert answer_text(answers(read_model(archive_of(booster)), rows)) == answered.body.decode()
