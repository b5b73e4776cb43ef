from __future__ import annotations

import io

from cli.terminal.screen import Screen
from cli.terminal.status_line import StatusLine


def test_a_terminals_line_is_written_over_and_cleared() -> None:
    stream = io.StringIO()
    with StatusLine(stream, Screen(20, moves=True)) as line:
        line.show("waiting \x07 for something long")
        line.show("still")
    assert stream.getvalue() == "\rwaiting \\x07 for s…\x1b[K\rstill\x1b[K\r\x1b[K"


def test_nothing_is_shown_where_a_line_cannot_be_written_over() -> None:
    stream = io.StringIO()
    with StatusLine(stream, Screen()) as line:
        line.show("waiting")
    assert stream.getvalue() == ""


def test_a_program_that_reads_is_not_bothered() -> None:
    assert StatusLine.on(io.StringIO(), quiet=True).stream is None


def test_a_terminal_that_goes_away_ends_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError

    with StatusLine(Gone(), Screen(moves=True)) as line:
        line.show("waiting")
