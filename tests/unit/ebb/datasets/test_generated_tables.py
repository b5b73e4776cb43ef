"""Any table survives the way through preparing, training and predicting, with the values xgboost itself would give."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import xgboost
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ebb.datasets.dataset import Dataset
from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings
from local.container.csv_training import load_channel
from tests.unit.ebb.datasets.generated import Style, Table, Written, chance, is_missing, styles, tables, written
from tests.unit.ebb.datasets.oracle import Expected, expected
from tests.unit.ebb.datasets.preparing import Memory, RecordingSink, prepared

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
xgboost.set_config(nthread=1)  # threads of several test workers spin against each other
ROUNDING = 3e-7  # what xgboost's own parser loses
SMOKE_ROWS = 200
SMALLEST_NORMAL = 1.1754944e-38
Floats = npt.NDArray[np.float32]


def accepted(table: Table, file: Written) -> tuple[dict[str, Any], RecordingSink]:
    """Only what is held out as a whole may be refused: there would be nothing to train on."""
    try:
        dataset, sink = prepared(Memory(file.data, file.name), table.settings)
    except RefusedError as refused:
        assume([str(problem.code) for problem in refused.problems] != ["no_training_rows"])
        raise
    assert sink.finished
    return dataset.as_json(), sink


def of_file(table: Table, style: Style, seed: int) -> tuple[Written, Expected]:
    file = written(table, style, chance(seed))
    wanted = expected(table, file.records)
    assume(wanted is not None)
    assert wanted
    return file, wanted


def as_numbers(lines: list[str]) -> Floats:
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in lines], dtype=np.float64).astype(
        np.float32
    )


def dense(matrix: xgboost.DMatrix) -> Floats:
    """The features as they were loaded; what is missing is NaN."""
    stored = matrix.get_data()
    full = np.full((matrix.num_row(), matrix.num_col()), np.nan, dtype=np.float32)
    for row in range(matrix.num_row()):
        these = slice(stored.indptr[row], stored.indptr[row + 1])
        full[row, stored.indices[these]] = stored.data[these]
    return full


def loaded(rows: bytes) -> xgboost.DMatrix:
    """As the container loads a channel."""
    with TemporaryDirectory() as room:
        Path(room, "train.csv").write_bytes(rows)
        return load_channel(Path(room), weights=False)


def trained(matrix: xgboost.DMatrix, told: dict[str, Any], table: Table) -> xgboost.Booster:
    values = table.settings.of_run(told).hyperparameters
    parameters = {name: value for name, value in values.items() if name != "num_round"}
    return xgboost.train(parameters, matrix, num_boost_round=2)


def normal(number: float) -> float:
    """As dataset.json counts: between zero and the smallest normal number of 32 bits there is none but zero."""
    return number if abs(number) >= SMALLEST_NORMAL else 0.0


def encoded(cells: list[str], told: dict[str, Any]) -> str:
    """One raw row, by dataset.json alone."""
    texts = []
    for column in told["columns"]:
        cell = cells[column["position"]].strip(" \t")
        if column["role"] != "feature":
            continue
        if column["kind"] == "number":
            texts.append("" if is_missing(cell) else repr(normal(float(cell))))
        elif column["kind"] == "boolean":
            texts.append("" if is_missing(cell) else str(int(cell.lower() in ("true", "yes"))))
        else:
            texts += [str(int(cell == category["value"])) for category in column["categories"]]
        assert len(texts) == max(column["features"]) + 1
    return ",".join(texts)


@given(tables(), styles, st.integers(0, 2**32))
def test_every_row_is_written_as_it_is_meant(table: Table, style: Style, seed: int) -> None:
    file, wanted = of_file(table, style, seed)
    _, sink = accepted(table, file)
    held = np.array(wanted.held_out)
    for part, rows in ((sink.validation, wanted.matrix[held]), (sink.train, wanted.matrix[~held])):
        assert part.count == len(part.lines) == len(rows)
        if part.lines:
            np.testing.assert_array_equal(as_numbers(part.lines), rows)


@given(tables(), styles, st.integers(0, 2**32))
def test_dataset_json_tells_the_facts(table: Table, style: Style, seed: int) -> None:
    file, wanted = of_file(table, style, seed)
    told, sink = accepted(table, file)
    assert [
        {key: column[key] for key in fact} for column, fact in zip(told["columns"], wanted.columns, strict=True)
    ] == (wanted.columns)
    assert told["features"] == wanted.features
    assert told["label"]["classes"] == wanted.classes
    assert (told["objective"], told["num_class"]) == (wanted.objective, wanted.num_class)
    assert told["format"] == {
        "delimiter": style.delimiter,
        "header": table.names is not None,
        "compression": "gzip" if style.members else None,
    }
    held = sum(wanted.held_out)
    assert told["rows"] == {
        "all": len(table.rows),
        "train": len(table.rows) - held,
        "validation": held,
        "smoke": min(SMOKE_ROWS, held or len(table.rows)),
    }
    rest = list(sink.validation.lines if held else sink.train.lines)
    for line in sink.smoke.lines:
        rest.remove(line)  # each of them is there, and as often as it is picked


TINY = Table(
    names=None,
    rows=[["0", "-1e-39"], ["1", "-1"], ["1", "-1e-39"], ["1", "0"], ["0", "-1"], ["0", "0"], ["1", "0"]] * 3,
    settings=ModelSettings(label=0, validation=0, hyperparameters={"num_round": 2, "objective": "reg:squarederror"}),
)


@example(TINY, Style(), 0)
@given(tables(), styles, st.integers(0, 2**32))
def test_the_container_loads_trains_and_predicts_on_the_values_xgboost_itself_would_give(
    table: Table, style: Style, seed: int
) -> None:
    file, wanted = of_file(table, style, seed)
    told, sink = accepted(table, file)
    matrix = loaded(sink.train.rows)
    kept = wanted.matrix[~np.array(wanted.held_out)]
    assert (matrix.num_row(), matrix.num_col()) == (told["rows"]["train"], len(told["features"]))
    np.testing.assert_allclose(matrix.get_label(), kept[:, 0], rtol=ROUNDING)
    np.testing.assert_allclose(dense(matrix), kept[:, 1:], rtol=ROUNDING)
    model = trained(matrix, told, table)
    rows = as_numbers([encoded(row, told) for row in table.rows])
    answers = model.predict(xgboost.DMatrix(rows, nthread=1))
    np.testing.assert_array_equal(answers, model.predict(xgboost.DMatrix(wanted.matrix[:, 1:], nthread=1)))
    if np.array_equal(dense(matrix), kept[:, 1:], equal_nan=True) and np.array_equal(matrix.get_label(), kept[:, 0]):
        own = trained(xgboost.DMatrix(kept[:, 1:], kept[:, 0], nthread=1), told, table)
        np.testing.assert_array_equal(answers, own.predict(xgboost.DMatrix(wanted.matrix[:, 1:], nthread=1)))


@given(tables(), styles, st.integers(0, 2**32))
def test_it_makes_no_difference_in_which_pieces_a_file_arrives(table: Table, style: Style, seed: int) -> None:
    file, _ = of_file(table, style, seed)
    accepted(table, file)
    found = [prepared(Memory(file.data, file.name, piece), table.settings) for piece in (1, 7, 64 * 1024, 1 << 30)]
    assert [_facts(dataset, sink) for dataset, sink in found] == [_facts(*found[0])] * len(found)


def _facts(dataset: Dataset, sink: RecordingSink) -> tuple[Any, ...]:
    return dataset.as_json(), sink.train.rows, sink.validation.rows, sink.smoke.rows
