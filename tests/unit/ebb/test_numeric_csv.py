"""Every good numeric table passes with the same rows, however it is cut into blocks; any one bad cell is found."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.errors import RefusedError
from ebb.numeric_csv import MIN_ROWS, Table, read_rows
from ebb.problems import MAX_PROBLEMS, Code, Problem

GOOD = [b"%d,1.5,2" % number for number in range(MIN_ROWS)]
NUMBERS = ["0", "-1.5", "+2", ".5", "7.", "1e3", "-2.5E-7", "00012", "3.4e38", "1234567890123456789"]
BAD_CELLS = [
    "abc",
    "NA",
    "nan",
    "inf",
    "1.5abc",
    "0x10",
    "15;2",
    " 1",
    '"2"',
    "1e",
    "--1",
    "1_0",
    "٣",
]

numbers = st.sampled_from(NUMBERS) | st.integers(-(10**9), 10**9).map(str) | st.floats(width=32).map(repr)
labels = numbers.filter(lambda text: "n" not in text)
features = labels | st.just("")


def _tables(least_columns: int = 2) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(least_columns, 5).flatmap(
        lambda width: st.lists(
            st.tuples(labels, *[features] * (width - 1)).map(list), min_size=MIN_ROWS, max_size=MIN_ROWS + 8
        )
    )


def _blocks(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted(min(cut, len(data)) for cut in cuts)
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        yield data[start:end]


def _problems(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(RefusedError) as refused:
        list(read_rows([data], Table()))
    return refused.value.problems


def _file(*lines: bytes) -> bytes:
    return b"\n".join([*lines, b""])


@given(
    _tables(),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.integers(0, 600), max_size=6),
)
def test_a_good_table_is_accepted_with_the_same_rows_in_any_blocks(
    cells: list[list[str]],
    ending: str,
    last_newline: bool,  # noqa: FBT001
    bom: bytes,
    cuts: list[int],
) -> None:
    lines = [",".join(row) for row in cells]
    data = bom + (ending.join(lines) + (ending if last_newline else "")).encode()
    table = Table()
    rows = list(read_rows(_blocks(data, cuts), table))
    assert [row.source.decode() for row in rows] == lines
    assert [row.line for row in rows] == list(range(1, len(lines) + 1))
    assert (table.columns, table.rows, table.problems) == (len(cells[0]), len(lines), [])


@given(_tables(), st.sampled_from(BAD_CELLS), st.data())
def test_any_one_bad_cell_is_refused_at_its_line_and_column(
    cells: list[list[str]], bad: str, data: st.DataObject
) -> None:
    line = data.draw(st.integers(0, len(cells) - 1))
    column = data.draw(st.integers(0, len(cells[0]) - 1))
    cells[line][column] = bad
    # The other cells of the first line must be numbers or missing, or it would be a header.
    (problem,) = _problems("\n".join(",".join(row) for row in cells).encode())
    assert (problem.code, problem.line, problem.column, problem.value) == (Code.NOT_A_NUMBER, line + 1, column, bad)


@given(_tables(), st.data())
def test_any_one_missing_label_is_refused_at_its_line(cells: list[list[str]], data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(cells) - 1))
    cells[line][0] = ""
    (problem,) = _problems("\n".join(",".join(row) for row in cells).encode())
    assert (problem.code, problem.line, problem.column) == (Code.MISSING_LABEL, line + 1, 0)


@given(_tables(), st.data())
def test_any_one_row_of_another_width_is_refused_at_its_line(cells: list[list[str]], data: st.DataObject) -> None:
    line = data.draw(st.integers(1, len(cells) - 1))
    width = len(cells[0])
    longer = data.draw(st.booleans())
    cells[line] = [*cells[line], "1"] if longer else cells[line][:-1]
    (problem,) = _problems("\n".join(",".join(row) for row in cells).encode())
    where = width if longer else width - 1
    assert (problem.code, problem.line, problem.column) == (Code.RAGGED_ROW, line + 1, where)
    assert f"{width} columns" not in problem.problem.split(",")[0]
    assert problem.problem.endswith(f"has {width}.")


@pytest.mark.parametrize("number", ["1e39", "-3.5e38", "1e400", "9" * 40])
@pytest.mark.parametrize("column", [0, 1])
def test_what_a_32_bit_float_cannot_hold_is_refused(number: str, column: int) -> None:
    cells = ["1", "2"]
    cells[column] = number
    (problem,) = _problems(_file(*GOOD_PAIRS[:5], ",".join(cells).encode(), *GOOD_PAIRS[5:]))
    assert (problem.code, problem.line, problem.column) == (Code.OUT_OF_RANGE, 6, column)


GOOD_PAIRS = [b"%d,1" % number for number in range(MIN_ROWS)]


@pytest.mark.parametrize(
    ("header", "value"),
    [(b"rings,length,sex", "rings"), (b'"rings","length","sex"', '"rings"'), (b"\xef\xbb\xbfrings,a,b", "rings")],
)
def test_a_header_is_one_problem_of_the_first_line(header: bytes, value: str) -> None:
    (problem,) = _problems(_file(header, *GOOD))
    assert (problem.code, problem.line, problem.column, problem.value) == (Code.HEADER, 1, 0, value)


def test_blank_lines_are_skipped_but_counted() -> None:
    rows = list(read_rows([_file(b"", *GOOD[:4], b"  ", *GOOD[4:], b"")], Table()))
    assert [row.line for row in rows] == [2, 3, 4, 5, *range(7, 13)]


def test_a_bad_line_after_blank_ones_has_its_physical_line() -> None:
    (problem,) = _problems(_file(b"", b"\r", *GOOD, b"1,x,2"))
    assert (problem.line, problem.column) == (13, 1)


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"   \n \n"])
def test_a_file_without_rows_is_empty(data: bytes) -> None:
    (problem,) = _problems(data)
    assert (problem.code, problem.line, problem.column) == (Code.EMPTY_FILE, None, None)


def test_one_column_is_refused_on_its_first_line() -> None:
    (problem,) = _problems(_file(*[b"%d" % number for number in range(20)]))
    assert (problem.code, problem.line, problem.column) == (Code.TOO_FEW_COLUMNS, 1, 0)


@pytest.mark.parametrize("separator", [b";", b"\t", b"|"])
def test_another_separator_is_not_taken_for_one_good_column(separator: bytes) -> None:
    problems = _problems(_file(*[row.replace(b",", separator) for row in GOOD]))
    assert problems[0].line == 1


@pytest.mark.parametrize("count", [1, MIN_ROWS - 1])
def test_too_few_rows_are_refused_with_their_number(count: int) -> None:
    (problem,) = _problems(_file(*GOOD[:count]))
    assert problem.code is Code.TOO_FEW_ROWS
    assert f"only {count} rows" in problem.problem


def test_all_mistakes_are_in_one_answer_in_file_order() -> None:
    problems = _problems(_file(b"1,x,2", b",1,2", *GOOD, b"1,2", b"1,2,1e99"))
    assert [(problem.code, problem.line) for problem in problems] == [
        (Code.NOT_A_NUMBER, 1),
        (Code.MISSING_LABEL, 2),
        (Code.RAGGED_ROW, 13),
        (Code.OUT_OF_RANGE, 14),
    ]


def test_reading_stops_at_the_twentieth_problem() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"1,x,2\n"

    with pytest.raises(RefusedError) as refused:
        list(read_rows(endless(), Table()))
    assert len(refused.value.problems) == MAX_PROBLEMS
    assert refused.value.problems[-1].line == MAX_PROBLEMS


def test_no_row_is_handed_on_after_the_first_problem() -> None:
    handed: list[bytes] = []
    with pytest.raises(RefusedError):
        handed += (row.source for row in read_rows([_file(*GOOD[:3], b"x,1,2", *GOOD)], Table()))
    assert handed == GOOD[:3]


def test_bytes_that_are_no_text_are_refused_readably() -> None:
    (problem,) = _problems(_file(*GOOD, b"1,\xff\xfe,2"))
    assert (problem.code, problem.line, problem.column) == (Code.NOT_A_NUMBER, 11, 1)
    assert problem.value is not None
    assert re.search("\ufffd", problem.value)


def test_a_problem_stays_small_however_long_the_cell() -> None:
    (problem,) = _problems(_file(*GOOD, b"1," + b"x" * 100_000 + b",2"))
    assert len(str(problem.as_json())) < 1000


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"1,2," * 65_536

    with pytest.raises(RefusedError) as refused:
        list(read_rows(endless(), Table()))
    assert (refused.value.problems[0].code, refused.value.problems[0].line) == (Code.LINE_TOO_LONG, 1)


@pytest.mark.parametrize(
    ("first_line", "word"),
    [
        (b"1;2;3", "semicolons"),
        (b"1\t2\t3", "tabs"),
        (b"1|2|3", "bars"),
        (b'"1","2","3"', "quotes"),
        (b"\xff\xfe1\x00,\x002\x00", "UTF-8"),
    ],
)
def test_another_format_is_named_once(first_line: bytes, word: str) -> None:
    with pytest.raises(RefusedError) as refused:
        list(read_rows([(first_line + b"\n") * 20], Table()))
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == (Code.NOT_A_CSV, 1)
    assert word in problem.problem


@pytest.mark.parametrize("cell", [b"18446744073709551617", b"123456789012345678901234", b"12345678901234567890.5"])
def test_digits_that_xgboost_would_misread_are_refused_with_how_to_write_them(cell: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        list(read_rows([b"1," + cell + b"\n" + b"1,2\n" * 20], Table()))
    (problem,) = refused.value.problems
    assert (problem.code, problem.line, problem.column) == (Code.OUT_OF_RANGE, 1, 1)
    assert "Write it as 1" in problem.remedy


def test_a_last_column_that_is_empty_in_every_row_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        list(read_rows([b"5,1,\n" * 20], Table()))
    (problem,) = refused.value.problems
    assert (problem.code, problem.column) == (Code.EMPTY_COLUMN, 2)
    assert len(list(read_rows([b"5,1,\n" * 20 + b"5,1,2\n"], Table()))) == 21
