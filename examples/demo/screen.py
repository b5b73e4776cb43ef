"""Where the demo writes: a terminal that shows progress in place, or plain lines, one for each thing that happens."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

MAX_WIDTH = 100
_INDENT = (0, 0, 0, 2)


class Screen:
    """`moves`: whether what is shown may change in place."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.moves = terminal and not os.environ.get("CI")
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace", line_buffering=True)
        self.console = Console(force_terminal=terminal, highlight=False, emoji=False, markup=False)
        self.console.width = min(self.console.width, MAX_WIDTH)

    def print(self, what: RenderableType) -> None:
        if self.moves:
            self.console.print(what)
            return
        with self.console.capture() as captured:
            self.console.print(what)
        for line in captured.get().splitlines():
            print(line.rstrip())

    def show(self, what: RenderableType) -> None:
        self.print(Padding(what, _INDENT))

    def say(self, text: str, style: str = "") -> None:
        self.show(Text(text, style))

    def heading(self, text: str) -> None:
        self.print("")
        self.print(Text(text, "bold"))

    def blank(self) -> None:
        self.print("")

    def quote(self, whose: str, words: str) -> None:
        self.say(whose, "dim")
        self.show(Padding(Text(words), _INDENT))

    def command(self, *lines: str) -> None:
        """What a person would have typed."""
        for line in lines:
            self.console.print(Text(f"  {line}", "cyan"), soft_wrap=True)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """A name and what there is to say about it."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, said in pairs:
            grid.add_row(name, said)
        self.show(grid)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Numbers, right-aligned."""
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="dim", border_style="dim", pad_edge=False)
        for column in columns:
            table.add_column(column, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self.show(table)
