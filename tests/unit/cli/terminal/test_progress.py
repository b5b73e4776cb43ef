from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cli.terminal.progress import Progress, WatchedSource, _line
from cli.terminal.screen import Screen
from cli.terminal.text import width

MB = 1_000_000


@dataclass
class Disk:
    """Blocks of 10 MB; `read` takes them at a speed, in bytes a second."""

    speed: float = 10 * MB
    count: int = 20
    now: float = 100.0
    name: str = "slow.csv"

    @property
    def size(self) -> int:
        return self.count * 10 * MB

    def blocks(self) -> Iterator[bytes]:
        return itertools.repeat(bytes(10 * MB), self.count)

    def clock(self) -> float:
        return self.now

    def read(self, source: WatchedSource) -> int:
        total = 0
        for block in source.blocks():
            self.now += len(block) / self.speed
            total += len(block)
        return total


def shown(disk: Disk, passes: int = 1, screen: Screen | None = None) -> list[str]:
    """Every state of the line, one after the other."""
    stream = io.StringIO()
    with Progress(screen or Screen(moves=True), stream, disk.clock) as progress:
        watched = progress.of(disk)
        for _ in range(passes):
            disk.read(watched)
    return [line.removesuffix("\x1b[K") for line in stream.getvalue().split("\r")[1:]]


def test_the_line_tells_how_far_it_is_how_fast_and_how_long_still() -> None:
    assert "reading  25%  50 of 200 MB  10 MB/s  0:15 left  █████░░░░░░░░░░░░░░░" in shown(Disk())


def test_small_files_have_a_decimal() -> None:
    line = _line(0, 2 * MB + 345_678, 5 * MB, 1.0, 80)
    assert line.startswith("reading  47%  2.3 of 5.0 MB  2 MB/s  0:01 left")


def test_the_line_is_gone_at_the_end() -> None:
    assert shown(Disk())[-1] == ""


def test_the_line_is_gone_when_the_reading_is_given_up() -> None:
    disk, stream = Disk(), io.StringIO()

    def give_up() -> None:
        with Progress(Screen(moves=True), stream, disk.clock) as progress:
            for block in progress.of(disk).blocks():
                disk.now += 0.1
                if "reading" in stream.getvalue():
                    raise KeyboardInterrupt(len(block))

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_second_pass_says_so_and_begins_anew() -> None:
    lines = shown(Disk(), passes=2)
    assert lines.index("reading  25%  50 of 200 MB  10 MB/s  0:15 left  █████░░░░░░░░░░░░░░░") < lines.index(
        "reading again  25%  50 of 200 MB  10 MB/s  0:15 left  █████░░░░░░░░░░░░░░░"
    )


def test_half_a_second_shows_nothing() -> None:
    assert shown(Disk(speed=450 * MB)) == []


def test_it_is_written_ten_times_a_second_at_most() -> None:
    assert 14 <= len(shown(Disk(speed=100 * MB))) <= 17


def test_a_packed_block_is_not_waited_for() -> None:
    assert len(shown(Disk(count=1))) > 4


def test_nothing_is_shown_where_a_line_cannot_be_written_over() -> None:
    assert shown(Disk(), screen=Screen(moves=False)) == []


@pytest.mark.parametrize("wide", [40, 50, 60, 80])
def test_the_line_never_breaks(wide: int) -> None:
    for line in shown(Disk(), 2, Screen(wide, moves=True)):
        assert width(line) < wide


def test_a_terminal_without_unicode_gets_ascii() -> None:
    lines = shown(Disk(), screen=Screen(moves=True, encoding="ascii"))
    assert "reading  25%  50 of 200 MB  10 MB/s  0:15 left  #####..............." in lines


def test_a_stream_that_is_closed_ends_nothing() -> None:
    disk = Disk()
    with Progress(Screen(moves=True), None, disk.clock) as progress:
        assert disk.read(progress.of(disk)) == disk.size


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise OSError

    disk = Disk()
    with Progress(Screen(moves=True), Gone(), disk.clock) as progress:
        assert disk.read(progress.of(disk)) == disk.size


def test_a_file_that_grew_while_it_was_read_is_never_more_than_whole() -> None:
    assert _line(0, 30 * MB, 10 * MB, 1.0, 80).startswith("reading 100%  30 of 10 MB  30 MB/s  0:00 left")


def test_an_empty_file_is_whole() -> None:
    assert _line(0, 0, 0, 1.0, 80).startswith("reading 100%")
