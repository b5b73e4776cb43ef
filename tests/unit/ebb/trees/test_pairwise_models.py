"""Margins and answers have the bits of xgboost's own, whatever the model; a million rows of them in soak."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
import xgboost

from ebb.trees.answers import answer_text, answers
from ebb.trees.margins import margins
from ebb.trees.model_file import read_model
from local.container.answer_bodies import CSV, encode
from tests.unit.ebb.trees.boosters import Array, archive_of, made_rows, trained
from tests.unit.ebb.trees.cases import IN_SOAK, VALUES, Case, pairwise

CASES, SOAKED = pairwise(VALUES), pairwise(IN_SOAK)
ROWS, ROWS_IN_SOAK = 20_000, 1_000_000
TRAINED_ON, TRAINED_ON_IN_SOAK = 250, 1_000


@pytest.mark.parametrize("case", CASES, ids=str)
def test_margins_answers_and_text_are_those_of_xgboost(case: Case) -> None:
    booster = trained(case, made_rows(TRAINED_ON, case, seed=len(str(case))))
    _compare(booster, made_rows(-(-ROWS // len(CASES)), case, seed=2))


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", SOAKED, ids=str)
def test_so_are_those_of_large_models(case: Case) -> None:
    booster = trained(case, made_rows(TRAINED_ON_IN_SOAK, case, seed=len(str(case))))
    _compare(booster, made_rows(-(-ROWS_IN_SOAK // len(SOAKED)), case, seed=2))


def _compare(booster: xgboost.Booster, rows: Array) -> None:
    archive = archive_of(booster)
    loaded, matrix = xgboost.Booster(model_file=booster.save_raw("ubj")), xgboost.DMatrix(rows, nthread=1)
    model, cells = read_model(archive), rows.astype(float).tolist()
    wanted = loaded.predict(matrix, validate_features=False)
    found = list(answers(model, cells))
    assert _bits(margins(model, cells)) == _bits_of(loaded.predict(matrix, output_margin=True))
    assert _bits(found) == _bits_of(wanted)
    assert answer_text(found) == encode(wanted, CSV, batch=False)


def _bits(rows: Iterable[Sequence[float]]) -> list[list[int]]:
    return _bits_of(np.array(list(rows), np.float32))


def _bits_of(values: Array) -> list[list[int]]:
    bits: list[list[int]] = values.reshape(len(values), -1).view(np.int32).tolist()
    return bits
