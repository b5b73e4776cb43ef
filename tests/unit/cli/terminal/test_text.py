from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal.text import cut, flowed, padded, visible, width, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("length", "length"),
        ("Länge", "Länge"),
        ("", ""),
        ("\x1b[2J\x1b]0;mine\x07", r"\x1b[2J\x1b]0;mine\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc\x7f", r"a\r\nb\tc\x7f"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("1\xa0000\u200b", r"1\xa0000\u200b"),
        ("\ud800", r"\ud800"),
        ("a\u2028b", r"a\u2028b"),
        ("e\u0301", "e\u0301"),
        ("e" + 4 * "\u0301", "e\u0301\u0301" + 2 * r"\u0301"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_what_would_move_the_cursor_or_hide_is_written_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_is_shown_is_a_control_or_direction_mark(text: str) -> None:
    categories = {unicodedata.category(char) for char in visible(text)}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("東京", 4), ("e\u0301", 1), ("🦀", 2), ("Ａ", 2), ("", 0)])  # noqa: RUF001
def test_width_counts_columns_of_the_terminal(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [("length", 6, "length"), ("length", 5, "leng…"), ("東京都", 6, "東京都"), ("東京都", 5, "東京…")],
)
def test_a_cut_shows_that_something_is_missing(text: str, most: int, shown: str) -> None:
    assert cut(text, most) == shown


@given(st.text(), st.integers(3, 20))
def test_a_cut_is_never_wider_than_asked(text: str, most: int) -> None:
    assert width(cut(visible(text), most)) <= most


def test_wide_characters_are_padded_by_what_they_take() -> None:
    assert padded("東京", 6) == "東京  "
    assert padded("1", 3, right=True) == "  1"


def test_words_are_wrapped() -> None:
    assert wrapped("a table that fits", 7) == ["a table", "that", "fits"]


def test_a_piece_is_broken_only_when_it_is_longer_than_a_line() -> None:
    assert flowed(["M (1,528),", "F (1,307)"], 12) == ["M (1,528),", "F (1,307)"]
    assert flowed(["abcdefgh", "i"], 4) == ["abcd", "efgh", "i"]


@given(st.lists(st.text()), st.integers(3, 30))
def test_no_line_is_wider_than_asked_and_nothing_is_lost(texts: list[str], most: int) -> None:
    pieces = [visible(text) for text in texts]
    lines = flowed(pieces, most)
    assert all(width(line) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(pieces).replace(" ", "")
