"""A row sent to predict, in whatever form, becomes the very text that start_training wrote of it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from ebb.evaluation.row_encoding import decode
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.predict.served_run import ServedRun
from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.generated import Table, chance, is_missing, is_number, styles, tables, written
from tests.unit.ebb.datasets.preparing import Memory, prepared
from tests.unit.ebb.predict.homes import FIRST, HOMES, encoded, encoded_csv, run_of

ABALONE = Path(__file__).parents[4] / "examples" / "abalone.csv"


def read_table(table: Table, data: bytes, name: str) -> tuple[ServedRun, list[str]]:
    """The run, and its rows' features as start_training has written them."""
    settings = replace(table.settings, validation=0.0)
    dataset, sink = prepared(Memory(data, name), settings)
    return ServedRun.of("run", dataset.as_json(), settings), [row.partition(",")[2] for row in sink.train.lines]


def as_json_value(cell: str, *, is_text: bool) -> Any:
    """A number where the cell is one; null where it is missing; else the text."""
    text = cell.strip(" \t")
    if is_missing(text) and text not in ("none", "None"):  # which are values of a text
        return None
    return json.loads(cell) if not is_text and is_plain_json(cell) else cell


def is_plain_json(cell: str) -> bool:
    try:
        return is_number(cell) and json.dumps(json.loads(cell)) == cell
    except ValueError:
        return False


def as_csv(rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


@given(table=tables(), style=styles, seed=st.integers(0, 2**32), is_text=st.booleans())
def test_any_row_of_any_table_is_encoded_as_in_training(table: Table, style: Any, seed: int, *, is_text: bool) -> None:
    file = written(table, style, chance(seed))
    try:
        run, wanted = read_table(table, file.data, file.name)
    except RefusedError:
        reject()  # half of a column's cells are numbers
    layout = run.table
    features = [column.position for column in layout.columns]
    beside = [place for place in range(layout.width) if place != layout.label]
    rows = [[as_json_value(cell, is_text=is_text) for cell in row] for row in table.rows]
    assert encoded([[row[place] for place in beside] for row in rows], run) == wanted
    assert encoded({"rows": [[row[place] for place in features] for row in rows]}, run) == wanted
    header = [] if table.names is None else [list(table.names)]
    if table.names is not None:
        assert encoded([dict(zip(table.names, row, strict=True)) for row in rows], run) == wanted
        assert encoded_csv(as_csv([*header, *table.rows], layout.delimiter), run) == wanted
    without = [[row[place] for place in features] for row in [*header, *table.rows]]
    if any(any(row) for row in without):
        assert encoded_csv(as_csv(without, layout.delimiter), run) == wanted


def test_smoke_rows_decoded_and_sent_are_encoded_as_they_were() -> None:
    settings = ModelSettings(label=0)
    dataset, sink = prepared(Memory(ABALONE.read_bytes()), settings)
    facts = dataset.as_json()
    run = ServedRun.of("run", facts, settings)
    rows = SmokeRows.of(sink.smoke.rows.decode()).features
    cells = [list(decode(row, facts).values()) for row in rows]
    assert len(rows) == 200
    assert encoded({"rows": cells}, run) == list(rows)
    text = "".join(",".join(cell or "" for cell in row) + "\n" for row in cells)
    assert encoded_csv(text, run) == list(rows)


def test_each_form_of_json_holds_rows() -> None:
    row = {"rooms": 3, "heating": "gas", "garden": True}
    for body in ({"rows": [row]}, [row], row, [[3, "gas", "yes"]], {"rows": [["a", 3, "gas", "yes"]]}):
        assert encoded(body) == [FIRST]


def test_label_and_dropped_columns_are_ignored_when_they_are_there() -> None:
    assert encoded({"rooms": "3", "heating": " gas ", "garden": "Yes", "price": "?", "note": [1]}) == [FIRST]
    assert encoded_csv(HOMES)[0] == FIRST


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("rooms", 5.50, "5.5,1,0,0,1"),
        ("rooms", "1e-50", "0,1,0,0,1"),
        ("rooms", None, ",1,0,0,1"),
        ("rooms", "NA", ",1,0,0,1"),
        ("heating", "coal", "3,0,0,0,1"),
        ("heating", None, "3,0,0,0,1"),
        ("garden", False, "3,1,0,0,0"),
        ("garden", "TRUE", "3,1,0,0,1"),
        ("garden", "", "3,1,0,0,nan"),
    ],
)
def test_values_may_be_numbers_texts_booleans_or_missing(column: str, value: Any, wanted: str) -> None:
    assert encoded({"rooms": 3, "heating": "gas", "garden": "yes"} | {column: value}) == [wanted]


def test_numbers_keep_every_digit_that_was_sent() -> None:
    body = '{"rooms": 0.123456789012345678, "heating": "gas", "garden": true}'
    assert encoded(body) == ["0.123456789012345678,1,0,0,1"]


def test_true_is_the_category_that_is_called_so() -> None:
    rows = "".join(f"{number},{word}\n" for number, word in enumerate(("True", "False", "maybe") * 4))
    run = run_of("y,sure\n" + rows, "y", ())
    assert encoded([{"sure": True}], run) == encoded([{"sure": "True"}], run)


def test_a_csv_without_a_header_is_in_file_order_and_one_with_it_in_any() -> None:
    assert encoded_csv("a,3,gas,yes\n") == encoded_csv("3,gas,yes\n") == [FIRST]
    assert encoded_csv("garden,rooms,heating\r\nyes,3,gas\r\n\r\nno,,oil") == [FIRST, ",0,1,0,0"]


def test_a_csv_is_read_with_the_delimiter_of_the_models_file() -> None:
    run = run_of(HOMES.replace(",", ";"))
    assert encoded_csv('rooms;heating;garden\n3;"gas";yes\n', run) == [FIRST]


def test_a_header_may_hold_what_was_dropped_without_a_name() -> None:
    text = HOMES.replace("note,", ",")
    assert encoded_csv(text, run_of(text, "price", (0,)))[0] == FIRST


def test_one_feature_is_one_value_a_line() -> None:
    run = run_of("y,x\n" + "".join(f"{number % 7},{number}\n" for number in range(12)), "y", ())
    assert encoded_csv("1\n2\n", run) == encoded([[1], [2]], run) == ["1", "2"]
