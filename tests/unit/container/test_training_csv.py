"""xgboost's text loader decides about the rows, and forgives what nobody should."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost

from local.container.csv_training import load_channel
from local.container.errors import UserError

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")

HEAD = "1.5,1,2,3\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., xgboost.DMatrix]:
    """Load one file as the training channel."""

    def _load(content: str | bytes, *, weights: bool = False) -> xgboost.DMatrix:
        (tmp_path / "data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_channel(tmp_path, weights=weights)

    return _load


def features(matrix: xgboost.DMatrix) -> list[list[float]]:
    dense = matrix.get_data().toarray()
    return [[float(value) for value in row] for row in dense]


@pytest.mark.parametrize("separator", [",", ", ", "\t", ";", " ", ":"])
def test_the_usual_delimiters_are_found(load: Callable[..., xgboost.DMatrix], separator: str) -> None:
    matrix = load("\n".join(separator.join(row) for row in (["1.5", "1", "2", "3"], ["2.5", "4", "5", "6"])) + "\n")
    assert (matrix.num_row(), matrix.num_col()) == (2, 3)
    assert matrix.get_label().tolist() == [1.5, 2.5]


@pytest.mark.parametrize(("line", "digit"), [("8.25", "8"), ("-4.44|1.34|2.44", "4")])
def test_a_single_column_or_a_pipe_may_be_split_at_a_digit(
    load: Callable[..., xgboost.DMatrix], line: str, digit: str
) -> None:
    with pytest.raises(UserError) as refusal:
        load(f"{line}\n7\n")
    sentence = f"Delimiter '{digit}' is not found in the line. Expected '{digit}' as the delimiter to separate fields."
    assert str(refusal.value).endswith(sentence)


def test_a_pipe_trains_when_no_digit_is_more_frequent(load: Callable[..., xgboost.DMatrix]) -> None:
    matrix = load("1.5|1|2|3\n2.5|4|5|6\n")
    assert matrix.get_label().tolist() == [1.5, 2.5]
    assert features(matrix) == [[1, 2, 3], [4, 5, 6]]


def test_a_pipe_may_train_on_numbers_that_nobody_wrote(load: Callable[..., xgboost.DMatrix]) -> None:
    """The first line decides for `4`, and the others happen to have one."""
    matrix = load("-4.44|1.34|2.44\n" * 2)
    assert (matrix.num_row(), matrix.num_col(), matrix.num_nonmissing()) == (2, 2, 2)


@pytest.mark.parametrize("content", ["\n", "\n1,2\n"])
def test_an_empty_first_line_has_no_delimiter(load: Callable[..., xgboost.DMatrix], content: str) -> None:
    with pytest.raises(UserError, match=r"^Could not determine delimiter on line \n:\nCould not determine delimiter$"):
        load(content)


def test_a_comment_in_the_first_line_spoils_the_delimiter(load: Callable[..., xgboost.DMatrix]) -> None:
    with pytest.raises(UserError, match="Delimiter ' ' is not found in the line"):
        load("# weights of shells\n" + HEAD)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        pytest.param("\ufeff" + HEAD + HEAD, 2, id="byte order mark"),
        pytest.param(HEAD.replace("\n", "\r\n") * 2, 2, id="CRLF"),
        pytest.param(HEAD + HEAD.strip(), 2, id="no last newline"),
        pytest.param(HEAD + "\n" + HEAD, 2, id="blank line"),
        pytest.param(HEAD, 1, id="single row"),
    ],
)
def test_rows_are_counted_as_on_aws(load: Callable[..., xgboost.DMatrix], content: str, count: int) -> None:
    matrix = load(content)
    assert (matrix.num_row(), matrix.num_col()) == (count, 3)


@pytest.mark.parametrize("header", ["rings,length,height,weight\n", '"rings","length","height","weight"\n'])
def test_a_header_becomes_a_row_with_label_0_and_no_features(load: Callable[..., xgboost.DMatrix], header: str) -> None:
    matrix = load(header + HEAD * 2)
    assert matrix.get_label().tolist() == [0.0, 1.5, 1.5]
    assert matrix.num_nonmissing() == 6


@pytest.mark.parametrize("cell", ["abc", "NA", "null", "true", '"2"', "", "nan", "NaN"])
def test_a_feature_that_is_no_number_is_missing(load: Callable[..., xgboost.DMatrix], cell: str) -> None:
    matrix = load(HEAD + f"2.5,4,{cell},6\n")
    assert matrix.num_nonmissing() == 5


@pytest.mark.parametrize(
    ("label", "read_as"), [("abc", 0.0), ("", 0.0), ("12abc", 12.0), ("2024-01-01", 2024.0), ("0x10", 0.0)]
)
def test_a_label_is_read_as_far_as_it_is_a_number(
    load: Callable[..., xgboost.DMatrix], label: str, read_as: float
) -> None:
    assert load(HEAD + f"{label},4,5,6\n").get_label().tolist() == [1.5, read_as]


@pytest.mark.parametrize(("cell", "read_as"), [("1.5abc", 1.5), ("2024-01-01", 2024.0), ("0x10", 0.0)])
def test_a_feature_is_read_as_far_as_it_is_a_number(
    load: Callable[..., xgboost.DMatrix], cell: str, read_as: float
) -> None:
    assert features(load(HEAD + f"2.5,4,{cell},6\n"))[1][1] == pytest.approx(read_as, rel=1e-6)


@pytest.mark.parametrize(("cell", "read_as"), [("1e400", 1e38), ("-1e400", -1e38), ("1e39", 1e38)])
def test_a_feature_beyond_float32_is_cut_to_a_huge_number(
    load: Callable[..., xgboost.DMatrix], cell: str, read_as: float
) -> None:
    """Seen on AWS: "about 3.4e38, accepted". The installed library cuts the exponent to 38: 1.0e38, accepted too."""
    assert features(load(HEAD + f"2.5,4,{cell},6\n"))[1][1] == pytest.approx(read_as, rel=1e-6)


def test_a_byte_0_ends_a_number_and_nothing_else(load: Callable[..., xgboost.DMatrix]) -> None:
    """Seen on AWS: 40 good rows and one such row are 41 rows. In the installed library it adds none by itself."""
    matrix = load(HEAD * 40 + "2.5,4\0,\0,6\n")
    assert (matrix.num_row(), matrix.num_col()) == (41, 3)
    assert features(matrix)[40] == [4, 0, 6]  # the 0 is how a missing value is shown
    assert matrix.num_nonmissing() == 40 * 3 + 2
    assert load(HEAD * 20 + "\0" + HEAD * 20).num_row() == 40


def test_a_line_of_a_byte_0_alone_has_no_delimiter(load: Callable[..., xgboost.DMatrix]) -> None:
    with pytest.raises(UserError, match="Delimiter ',' is not found in the line"):
        load(HEAD + "\0\n" + HEAD)


def test_the_trailing_features_of_a_short_row_are_missing(load: Callable[..., xgboost.DMatrix]) -> None:
    rows = load(HEAD + "2.5,4\n").get_data()
    assert [row.indices.tolist() for row in rows] == [[0, 1, 2], [0]]
    assert [row.data.tolist() for row in rows] == [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        pytest.param('2.5,4,"1,000",6\n', 4, id="a thousands separator in quotes splits"),
        pytest.param("2.5,4\n", 3, id="a short row misses its trailing features"),
        pytest.param("2.5,4,5,6,7,8\n", 5, id="a long row widens the whole matrix"),
    ],
)
def test_ragged_rows_are_taken_silently(load: Callable[..., xgboost.DMatrix], row: str, columns: int) -> None:
    matrix = load(HEAD + row)
    assert (matrix.num_row(), matrix.num_col()) == (2, columns)


def test_a_trailing_comma_on_every_row_is_ignored(load: Callable[..., xgboost.DMatrix]) -> None:
    assert load("1.5,1,2,3,\n2.5,4,5,6,\n").num_col() == 3


def test_an_infinite_feature_is_the_users_error(load: Callable[..., xgboost.DMatrix]) -> None:
    with pytest.raises(UserError, match="Input data contains `inf` or a value too large"):
        load(HEAD + "2.5,4,inf,6\n")


def test_the_second_column_can_hold_weights(load: Callable[..., xgboost.DMatrix]) -> None:
    matrix = load("1.5,0.5,2,3\n2.5,2,5,6\n", weights=True)
    assert matrix.num_col() == 2
    assert np.array_equal(matrix.get_weight(), [0.5, 2.0])
