"""Things that are known to come, each with the time at which it came."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from examples.demo.screen import Screen

_NAME_WIDTH = 13
_TIME_WIDTH = 6


@dataclass
class Row:
    """`note`: while it is awaited, what it waits for; afterwards, what there is to say about it."""

    note: str
    seconds: float | None = None


class Timeline:
    """On a terminal all rows stand there from the start and are filled in; elsewhere each is a line when it comes.

    Seconds count from the start, or, with `laps`, from the row before.
    """

    def __init__(self, screen: Screen, awaited: Mapping[str, str], *, laps: bool = False) -> None:
        self._screen, self._laps = screen, laps
        self._rows = {name: Row(note) for name, note in awaited.items()}
        self._since = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self._ended = False
        self._live = Live(console=screen.console, get_renderable=self._render, refresh_per_second=10)

    def __enter__(self) -> Self:
        if self._screen.moves:
            self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        if self._screen.moves:
            self._live.stop()

    @property
    def complete(self) -> bool:
        return all(row.seconds is not None for row in self._rows.values())

    @property
    def awaited(self) -> str | None:
        """The first that has not come yet."""
        return next((name for name, row in self._rows.items() if row.seconds is None), None)

    def happened(self, name: str, note: str = "") -> None:
        """The first time counts."""
        if name not in self._rows or self._rows[name].seconds is not None:
            return
        now = time.monotonic()
        self._rows[name] = Row(note, now - self._since)
        if self._laps:
            self._since = now
        if not self._screen.moves:
            self._screen.print(self._grid([name]))

    def _render(self) -> Padding:
        return self._grid(list(self._rows))

    def _grid(self, names: list[str]) -> Padding:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=1)
        grid.add_column(width=_TIME_WIDTH, justify="right", no_wrap=True)
        grid.add_column(width=_NAME_WIDTH, no_wrap=True)
        grid.add_column(overflow="fold")
        for name in names:
            grid.add_row(*self._cells(name))
        # Not to the last column, where the terminal's echo of Ctrl-C would begin a new line.
        return Padding(grid, (0, 0, 0, 2), expand=False)

    def _cells(self, name: str) -> tuple[Text | Spinner, ...]:
        row = self._rows[name]
        if row.seconds is not None:
            return Text("✓", "green"), _seconds(row.seconds), Text(name), Text(row.note, "dim")
        if name == self.awaited and not self._ended:
            running = _seconds(time.monotonic() - self._since, "dim")
            return self._spinner, running, Text(name, "cyan"), Text(row.note, "dim")
        return Text("·", "dim"), Text(""), Text(name, "dim"), Text("")


def _seconds(value: float, style: str = "") -> Text:
    return Text(f"{value:.1f} s", style)
