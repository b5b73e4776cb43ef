"""A problem reads the same in a file, in an event and on the screen."""

import pytest

from ebb.problems import MAX_VALUE_LENGTH, Code, Problem, summary

CELL = Problem(Code.NOT_A_NUMBER, "'abc' is not a number.", "Write a number.", line=3, column=2, value="abc")
WHOLE = Problem(Code.EMPTY_FILE, "The file has no rows.", "Upload a table.")


def test_json_has_code_place_value_and_remedy() -> None:
    assert CELL.as_json() == {
        "code": "not_a_number",
        "line": 3,
        "column": {"position": 2, "name": None},
        "value": "abc",
        "problem": "'abc' is not a number.",
        "remedy": "Write a number.",
    }


def test_json_says_null_where_there_is_no_place() -> None:
    shown = WHOLE.as_json()
    assert (shown["line"], shown["column"], shown["value"]) == (None, None, None)


def test_the_first_column_is_a_place_too() -> None:
    first = Problem(Code.MISSING_LABEL, "The label is missing.", "Fill it in.", line=1, column=0, value="")
    assert first.as_json()["column"] == {"position": 0, "name": None}
    assert first.as_json()["value"] == ""
    assert first.sentence().startswith("Line 1, column 0: ")


def test_a_long_value_is_cut_to_40_characters() -> None:
    long = Problem(Code.WRONG_ENDING, "No.", "Do.", value="x" * 1000)
    assert long.as_json()["value"] == "x" * MAX_VALUE_LENGTH


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (CELL, "Line 3, column 2: 'abc' is not a number. Write a number."),
        (WHOLE, "The file has no rows. Upload a table."),
        (Problem(Code.RAGGED_ROW, "Too short.", "Fill it.", line=7), "Line 7: Too short. Fill it."),
    ],
)
def test_the_sentence_begins_with_the_place(problem: Problem, sentence: str) -> None:
    assert problem.sentence() == sentence


@pytest.mark.parametrize(
    ("count", "rest"),
    [
        (1, ""),
        (2, " (and 1 more problem in dataset.json)"),
        (20, " (and 19 more problems in dataset.json)"),
    ],
)
def test_the_summary_counts_the_other_problems(count: int, rest: str) -> None:
    assert summary([CELL] * count) == CELL.sentence() + rest


def test_codes_are_written_in_one_way() -> None:
    assert all(code.value == code.name.lower() for code in Code)
