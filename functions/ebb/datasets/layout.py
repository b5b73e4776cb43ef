"""What the first lines say: the delimiter, whether there is a header, which column is the label, which are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebb.datasets.batch import first_row
from ebb.datasets.cells import is_missing, is_number
from ebb.datasets.column_kinds import tallies_of
from ebb.datasets.delimiter import delimiter_of
from ebb.datasets.records import Block
from ebb.problems import Code, Problem, Problems, quoted

if TYPE_CHECKING:
    from ebb.settings.model_settings import ModelSettings

MAX_COLUMNS = 10_000
_SHOWN = 20


@dataclass(frozen=True)
class Layout:
    """Positions count from 0 in the file. `names` is None without a header."""

    delimiter: str
    width: int
    names: tuple[str, ...] | None
    label: int
    dropped: frozenset[int]

    @property
    def has_header(self) -> bool:
        return self.names is not None

    @property
    def features(self) -> tuple[int, ...]:
        return tuple(place for place in range(self.width) if place != self.label and place not in self.dropped)

    def name(self, position: int) -> str | None:
        return self.names[position] if self.names and position < len(self.names) else None


def layout_of(head: Block, settings: ModelSettings, problems: Problems) -> Layout:
    """The layout by the file's first block. What is wrong with the header is refused at once: nothing else can be."""
    delimiter = delimiter_of(head.text).decode()
    first = first_row(head, delimiter, problems)
    if not 1 < len(first) <= MAX_COLUMNS:
        raise problems.last(_wrong_width(first, head.numbers[0]))
    named = [settings.label, *settings.drop]
    names = tuple(first) if _has_header(first, head, delimiter, settings, problems) else None
    found = [_position(name, names, len(first), problems) for name in named]
    label, dropped = found[0], {position for position in found[1:] if position is not None}
    if label in dropped:
        problem = f"The label, column {label}, is also in drop."
        problems.add(Problem(Code.UNKNOWN_COLUMN, problem, "Take it out of drop, or name another label.", column=label))
    if names:
        by_position = {position % len(names) for position in settings.drop if isinstance(position, int)}
        judged = [place for place in range(len(names)) if place not in by_position]
        _refuse_bad_names(names, judged, head.numbers[0], problems)
    if problems.all or label is None:
        raise problems.refusal()
    layout = Layout(delimiter, len(first), names, label, frozenset(dropped))
    if not layout.features:
        problem = "The table has no features: every column but the label is in drop."
        raise problems.last(Problem(Code.NO_FEATURES, problem, "Take a column out of drop."))
    return layout


def _wrong_width(first: Sequence[str], line: int) -> Problem:
    if len(first) == 1:
        remedy = "Separate the columns with commas, semicolons, tabs or bars: a label and at least one feature."
        return Problem(Code.NO_FEATURES, "The table has one column.", remedy, line, 0, first[0])
    problem = f"The table has {len(first):,} columns; at most {MAX_COLUMNS:,} are read."
    return Problem(Code.TOO_MANY_COLUMNS, problem, "Leave columns out.", line, MAX_COLUMNS)


def _has_header(first: Sequence[str], head: Block, delimiter: str, settings: ModelSettings, problems: Problems) -> bool:
    """`auto`: a header names the label or a dropped column, or it is all text above at least one column of numbers."""
    if settings.header != "auto":
        return bool(settings.header)
    named = [name for name in (settings.label, *settings.drop) if isinstance(name, str)]
    if any(name in first for name in named):
        return True
    if any(is_number(cell) or is_missing(cell) for cell in first):
        return False
    below = tallies_of(head.without_first(), delimiter, len(first))
    if not any(tally.present for tally in below) or any(tally.is_numeric for tally in below):
        return True
    if named:
        return False
    remedy = "Set header = true or header = false in model.toml."
    problem = "Every column is text, so the first line may be a header or a row."
    raise problems.last(Problem(Code.HEADER_UNCLEAR, problem, remedy, head.numbers[0]))


def _position(name: str | int, names: Sequence[str] | None, width: int, problems: Problems) -> int | None:
    if isinstance(name, int) and -width <= name < width:
        return name % width
    if isinstance(name, str) and names and name in names:
        return names.index(name)
    remedy = f"Positions go from 0 to {width - 1}; -1 is the last column."
    if isinstance(name, str):
        shown = ", ".join(quoted(known) for known in (names or ())[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if names and len(names) > _SHOWN else ""
        remedy = f"The columns are {shown}{more}." if names else f"The first line is no header, so: {remedy}"
        if not names:
            remedy += " If it is one, set header = true."
    problem = f"model.toml names a column {quoted(name) if isinstance(name, str) else name}, which is not there."
    problems.add(Problem(Code.UNKNOWN_COLUMN, problem, remedy, value=str(name)))
    return None


def _refuse_bad_names(names: Sequence[str], judged: Sequence[int], line: int, problems: Problems) -> None:
    first: dict[str, int] = {}
    found = []
    for place in judged:
        name = names[place]
        if not name:
            remedy = f"Give it a name, or leave it out: drop = [{place}]."
            found.append(Problem(Code.UNNAMED_COLUMN, "The column has no name.", remedy, line, place, ""))
        elif first.setdefault(name, place) < place:
            problem = f"The name {quoted(name)} is also that of column {first[name]}."
            remedy = f"Give each column its own name, or leave it out: drop = [{place}]."
            found.append(Problem(Code.DUPLICATE_COLUMN, problem, remedy, line, place, name, name))
    problems.add(*found)
