"""What would cost too much, of time, memory or money, is refused; and what looks alike is not mixed up."""

from __future__ import annotations

import gzip
import json

import pytest

from ebb.datasets.prepare import prepare
from ebb.datasets.records import BLOCK_SIZE
from ebb.datasets.split import NoSink
from ebb.problems import Code, Problem, RefusedError
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.instance_types import matrix_problem
from tests.unit.ebb.datasets.preparing import ROOM, Memory, RecordingSink, prepared

CLASSES = ModelSettings(label=0, hyperparameters={"objective": "multi:softmax", "num_class": 2, "num_round": 1})


def refusal(text: str, settings: ModelSettings | None = None, name: str = "table.csv") -> list[Problem]:
    with pytest.raises(RefusedError) as refused:
        prepared(Memory(text.encode(), name), settings or ModelSettings(label=0))
    return list(refused.value.problems)


@pytest.mark.parametrize("word", ["", "red,"])
def test_a_matrix_that_the_instance_cannot_hold_is_refused_and_nothing_is_kept(word: str) -> None:
    sink = RecordingSink()
    text = "".join(f"{row},{word}{row % 7}\n" for row in range(40))
    with pytest.raises(RefusedError) as refused:
        prepare(
            Memory(text.encode()),
            ModelSettings(label=0),
            sink,
            max_bytes=ROOM,
            fits=lambda rows, features: matrix_problem(rows * 10**9, features, "ml.m5.xlarge", "ml.m5.*"),
        )
    assert [problem.code for problem in refused.value.problems] == [Code.TOO_LARGE_FOR_INSTANCE]
    assert not sink.finished
    assert not (word and sink.train.rows), "a table that is read twice is refused before it is written"


def test_categories_that_would_become_too_many_features_are_refused() -> None:
    width = 330
    rows = [",".join([str(row), *(f"v{(row + place) % 32}" for place in range(width))]) for row in range(64)]
    assert [problem.code for problem in refusal("\n".join(rows))] == [Code.TOO_MANY_COLUMNS]


def test_a_long_text_is_no_category() -> None:
    rows = [f"{row},{'x' * 201 if row == 12 else 'short'}" for row in range(20)]
    (problem,) = refusal("\n".join(rows))
    assert (problem.code, problem.line, problem.column) == (Code.TOO_MANY_VALUES, 13, 1)


@pytest.mark.parametrize("name", ["n" * 15_000, 'a"b', "back\\slash"])
def test_a_remedy_names_a_column_with_an_awkward_name_by_its_position(name: str) -> None:
    quoted = name.replace('"', '""')
    rows = "".join(f"{row},{'x' if row == 3 else row}\n" for row in range(30))
    problems = refusal(f'label,"{quoted}"\n{rows}')
    assert "drop = [1]" in problems[0].remedy
    assert len(json.dumps([problem.as_json() for problem in problems])) < 2000


@pytest.mark.timeout(200)  # it takes a second, or does not end
def test_a_row_that_misses_at_its_end_is_not_tried_in_every_way() -> None:
    """Sparse counts: every cell of the last row but one could be read as an extreme and as a number within."""
    columns = 60
    rows = [
        ",".join(["5", *("0" if (row + place) % 9 else str(place % 7 + row % 93) for place in range(columns))])
        for row in range(4000)
    ]
    rows += [",".join(["0"] * columns + ["x" if late else "500"]) for late in (False,) for _ in range(3)]
    text = "\n".join([f"{number % 50},{row.partition(',')[2]}" for number, row in enumerate(rows)]) + "\n"
    text = text * (BLOCK_SIZE * 6 // len(text) + 1)
    dataset, _ = prepared(Memory(text.encode()), ModelSettings(label=0))
    assert dataset.rows["all"] == text.count("\n")


def test_spellings_of_a_class_are_one_class() -> None:
    spelled = "".join(f"{'0' * (row % 300)}{row % 2}.{'0' * (row // 300 % 300)},{row % 13}\n" for row in range(6000))
    dataset, _ = prepared(Memory(spelled.encode()), CLASSES)
    assert [warning.code for warning in dataset.warnings if "class" in warning.code] == []


def test_many_small_members_of_an_archive_are_read() -> None:
    packed = b"".join(gzip.compress(f"{row},{row % 7}\n".encode()) for row in range(3000))
    dataset, _ = prepared(Memory(packed, "table.csv.gz"), ModelSettings(label=0))
    assert dataset.rows["all"] == 3000


def test_a_bad_quote_in_the_first_line_is_the_only_problem() -> None:
    rows = "".join(f"{row},{row},{row}\n" for row in range(30))
    assert [(problem.code, problem.line) for problem in refusal(f'"a"x,b,c\n{rows}')] == [(Code.BAD_QUOTE, 1)]


def test_a_row_of_empty_cells_is_a_row_whatever_separates_them() -> None:
    rows = "".join(f"{row}\t{row % 5}\t{row}\n" for row in range(30))
    assert [(problem.code, problem.line) for problem in refusal(f"{rows}\t\t\n{rows}")] == [(Code.MISSING_LABEL, 31)]


def test_a_quoted_cell_with_a_tab_at_its_end_is_the_cell_without() -> None:
    text = "".join(f'{row}\t{row % 7}\t"a\t"\n' for row in range(50))
    dataset, _ = prepared(Memory(text.encode()), ModelSettings(label=0))
    assert dataset.features == ("1", "2=a")


@pytest.mark.parametrize(
    ("objective", "label"), [("reg:squaredlogerror", "-0.999999999"), ("reg:gamma", "1e-39"), ("reg:gamma", "0.0")]
)
def test_a_label_is_judged_as_xgboost_reads_it(objective: str, label: str) -> None:
    settings = ModelSettings(label=0, hyperparameters={"objective": objective, "num_round": 1})
    rows = "".join(f"{label if row == 5 else row + 1},{row}\n" for row in range(20))
    assert [(problem.code, problem.line) for problem in refusal(rows, settings)] == [(Code.WRONG_LABEL, 6)]


@pytest.mark.parametrize("number", ["٣", "3\u00a0", "1_000"])
def test_what_is_meant_as_a_number_does_not_become_a_category(number: str) -> None:
    rows = "".join(f"{row},{number}\n" for row in range(12))
    assert {problem.code for problem in refusal(rows)} == {Code.NOT_A_NUMBER}


def test_encodings_differ_when_words_stand_for_the_same_numbers() -> None:
    """Rows of `true` and `false` must not be sent to a model that was told of `yes` and `no`."""
    texts = ["".join(f"{row},{words[row % 2]}\n" for row in range(20)) for words in (("no", "yes"), ("false", "true"))]
    first, second = (prepared(Memory(text.encode()), ModelSettings(label=0))[0] for text in texts)
    assert first.features == second.features
    assert first.encoding != second.encoding


def test_a_dropped_name_does_not_double_another() -> None:
    header, rows = "y,a,a,b\n", "".join(f"{row},{row},{row},{row}\n" for row in range(20))
    assert (
        prepare(Memory((header + rows).encode()), ModelSettings(label=0, drop=(1,)), NoSink(), max_bytes=ROOM).rows[
            "all"
        ]
        == 20
    )


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_column_that_becomes_text_later_is_written_as_such(blocks: int) -> None:
    """Empty in the first mebibyte, words after blocks with new extremes: each row has a cell for each feature."""
    each = BLOCK_SIZE // len("12,34,a,,5\n")

    def row(number: int, late: str = "") -> str:
        extreme = 1000 * (number // each) if number % each == 0 and number > 5 * each else number % 90 + 5
        return f"{number % 50},{extreme},{'ab'[number % 2]},{late},{number % 13}\n"

    count = (5 + blocks) * each
    rows = [row(number) for number in range(count)]
    rows += [row(count + number, "blue" if number % 2 else "red") for number in range(2000)]
    dataset, sink = prepared(Memory("".join(rows).encode()), ModelSettings(label=0))
    assert dataset.features == ("1", "2=a", "2=b", "3=blue", "3=red", "4")
    assert {line.count(",") for line in sink.train.lines + sink.validation.lines} == {6}


def test_a_constant_column_is_not_said_to_be_the_same_in_every_row_where_it_is_missing_in_some() -> None:
    rows = "".join(f"{row % 7},{7 if row % 3 else ''},8\n" for row in range(30))
    dataset, _ = prepared(Memory(rows.encode()), ModelSettings(label=0))
    said = {warning.column: warning.problem for warning in dataset.warnings if warning.code is Code.CONSTANT_COLUMN}
    assert said[1] == "The column has the same value where it is not missing: '7'."
    assert said[2] == "The column has the same value in every row: '8'."
