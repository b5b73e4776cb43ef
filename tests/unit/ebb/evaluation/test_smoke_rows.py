"""smoke.csv as it is written by start_training."""

import numpy as np

from ebb.evaluation.smoke_rows import SmokeRows


def test_the_label_comes_first_and_the_features_stay_text() -> None:
    rows = SmokeRows.of("1.5,0.50,,nan\n-2,1e-3,7,+4\n")
    assert rows == SmokeRows((1.5, -2.0), ("0.50,,nan", "1e-3,7,+4"))
    assert len(rows) == 2


def test_labels_are_what_xgboost_makes_of_them() -> None:
    assert SmokeRows.of("16777217,1\n0.1,1\n").labels == (16777216.0, float(np.float32(0.1)))


def test_rows_of_one_label_are_told() -> None:
    assert SmokeRows.of("1,2\n1.0,3\n").have_one_label
    assert not SmokeRows.of("1,2\n2,2\n").have_one_label
