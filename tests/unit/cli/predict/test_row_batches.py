from __future__ import annotations

import json

import pytest

from cli.outcome import CommandError
from cli.predict.row_batches import CSV, JSON, rows_of


def test_a_small_file_is_one_piece_and_unchanged() -> None:
    content = b"sex,length\nM,0.5\nF,0.25\n"
    (piece,) = rows_of(content, CSV).pieces()
    assert (piece.body, len(piece.rows)) == (content, 2)


@pytest.mark.parametrize("most", [1, 8, 12, 16, 1000])
def test_pieces_have_the_header_and_all_together_every_row_once(most: int) -> None:
    rows = [b"M,%d\n" % number for number in range(20)]
    pieces = list(rows_of(b"sex,length\n" + b"".join(rows), CSV).pieces(most + 11))
    assert [row for piece in pieces for row in piece.rows] == rows
    assert [piece.first for piece in pieces] == [rows.index(piece.rows[0]) for piece in pieces]
    assert all(piece.body.startswith(b"sex,length\n") for piece in pieces)
    assert all(len(piece.body) <= most + 11 or len(piece.rows) == 1 for piece in pieces)


@pytest.mark.parametrize("first", [b"M,0.5\n", b"M,\n", b'"1",x\n', b"M;NA\n", b"M\t2\n", b"a|3\n"])
def test_a_first_line_with_a_number_or_nothing_is_a_row(first: bytes) -> None:
    piece = rows_of(first + b"F,1\n", CSV)
    assert (piece.head, len(piece.rows)) == (b"", 2)


@pytest.mark.parametrize("first", [b"sex,length\n", b'"a, b",c\n', b"\xef\xbb\xbfsex;length\n"])
def test_a_first_line_of_names_is_a_header(first: bytes) -> None:
    piece = rows_of(first + b"F,1\n", CSV)
    assert (piece.head, piece.rows) == (first.removeprefix(b"\xef\xbb\xbf"), [b"F,1\n"])


def test_one_line_alone_is_a_row() -> None:
    assert rows_of(b"red,green", CSV).body == b"red,green\n"


def test_a_quoted_cell_may_go_on_in_the_next_line() -> None:
    piece = rows_of(b'name,size\n"a\nb ""c""",1\r\n\nd,2', CSV)
    assert piece.rows == [b'"a\nb ""c""",1\r\n', b"d,2\n"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('{"rows": [[1], [2]]}', [[1], [2]]),
        ("[[1], [2]]", [[1], [2]]),
        ('{"length": 1}', [{"length": 1}]),
        ('[{"length": "ä"}]', [{"length": "ä"}]),
    ],
)
def test_json_has_three_forms(content: str, rows: object) -> None:
    assert json.loads(rows_of(content.encode(), JSON).body) == {"rows": rows}


def test_halves_count_from_their_first_row() -> None:
    piece = rows_of(b"[1, 2, 3]", JSON)
    one, other = piece.halves()
    assert ([*one.rows, *other.rows], one.first, other.first) == (list(piece.rows), 0, 1)
    assert [half.first for half in other.halves()] == [1, 2]


@pytest.mark.parametrize(("content", "kind"), [(b"", CSV), (b"\n\n", CSV), (b"[]", JSON), (b'{"rows": []}', JSON)])
def test_without_rows_there_is_nothing_to_send(content: bytes, kind: str) -> None:
    with pytest.raises(CommandError, match="There are no rows in it"):
        rows_of(content, kind)


@pytest.mark.parametrize(("content", "told"), [(b"{", "no JSON"), (b"\xff", "no JSON"), (b"3", "are a list")])
def test_what_is_no_list_of_rows_is_told(content: bytes, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        rows_of(content, JSON)
