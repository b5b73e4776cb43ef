"""What a row may hold, and where its missing cells go."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import xgboost

from ebb.trees.margins import Row, margins
from tests.unit.ebb.trees.documents import as_json, document, read, trees

LARGEST = 3.4028234663852886e38


def _both(of: dict[str, Any], rows: list[list[float | None]]) -> tuple[list[float], list[float]]:
    """Our margins and xgboost's."""
    booster = xgboost.Booster(model_file=bytearray(as_json(of)))
    sent = np.array([[math.nan if cell is None else cell for cell in row] for row in rows])
    wanted: list[float] = booster.predict(xgboost.DMatrix(sent, nthread=1), output_margin=True).tolist()
    return [margin for (margin,) in margins(read(of), rows)], wanted


def _stump(threshold: float, default: str) -> dict[str, Any]:
    """Trees of one split, by the third feature."""
    stump = document()
    for tree in trees(stump):
        tree.update(left_children=[1, -1, -1], right_children=[2, -1, -1], parents=[2**31 - 1, 0, 0])
        tree.update(split_conditions=[threshold, 0.25, 4.0], split_indices=[2, 0, 0], split_type=[0, 0, 0])
        tree.update(default_left=[int(default == "left"), 0, 0])
        tree.update(sum_hessian=[1.0] * 3, loss_changes=[1.0] * 3, base_weights=[1.0] * 3)
        tree["tree_param"]["num_nodes"] = "3"
    return stump


@pytest.mark.parametrize("threshold", [-math.inf, -LARGEST, 0.0, 1e-45, LARGEST, math.inf])
@pytest.mark.parametrize("default", ["left", "right"])
def test_a_cell_goes_where_xgboost_sends_it_also_to_an_infinite_threshold(threshold: float, default: str) -> None:
    cells = [None, math.nan, -LARGEST, -1e-45, -0.0, 0.0, 1e-45, 1.0, LARGEST]
    rows: list[list[float | None]] = [[0.0, None, cell, *[0.0] * 6] for cell in cells]
    found, wanted = _both(_stump(threshold, default), rows)
    assert found == wanted


def test_a_number_is_rounded_to_32_bits_before_it_is_compared() -> None:
    threshold = float(np.float32(0.1))
    below = [
        math.nextafter(threshold, -1),
        threshold,
        math.nextafter(threshold, 1),
        0.1,
        float(np.nextafter(np.float32(0.1), np.float32(0))),
    ]
    found, wanted = _both(_stump(threshold, "right"), [[0, 0, cell, *[0] * 6] for cell in below])
    assert found == wanted
    assert len(set(found)) == 2


def test_cells_that_a_row_lacks_at_its_end_are_missing() -> None:
    model = read(document())
    full: list[Row] = [[0.5, 3.0, None, None, None, None, None, None, None], [None] * 9]
    assert list(margins(model, [[0.5, 3], []])) == list(margins(model, full))


def test_more_cells_than_the_model_has_features_are_an_error() -> None:
    with pytest.raises(ValueError, match="a row has 10 cells; the model has 9 features"):
        next(margins(read(document()), [[0.0] * 10]))


@pytest.mark.parametrize("cell", [math.inf, -math.inf, 1e39, -1e300])
def test_so_is_a_number_beyond_32_bits(cell: float) -> None:
    for others in ([0.0], [None]):
        with pytest.raises(ValueError, match="too large for 32 bits"):
            next(margins(read(document()), [[cell, *others]]))


def test_rows_are_answered_one_by_one_while_they_are_asked_for() -> None:
    answered = margins(read(document()), ([float(row)] for row in range(10**9)))
    assert len(next(answered)) == 1


def test_a_sum_that_leaves_32_bits_is_infinite_as_in_xgboost() -> None:
    large = _stump(0.0, "right")
    for tree in trees(large):
        tree["split_conditions"] = [0.0, 3e38, -3e38]
    found, wanted = _both(large, [[0, 0, -1, *[0] * 6], [0, 0, 1, *[0] * 6]])
    assert found == wanted == [math.inf, -math.inf]
