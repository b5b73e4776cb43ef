"""What the first lines say: the delimiter, whether there is a header, which column is the label, which are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from ebb.datasets.batch import first_row
from ebb.datasets.cells import is_missing, is_number
from ebb.datasets.delimiter import delimiter_of
from ebb.datasets.head import Head
from ebb.datasets.header import FirstLine, first_line
from ebb.datasets.label_rule import How, Unclear, by_name, by_place
from ebb.datasets.records import Block
from ebb.datasets.suggestion import Suggestion
from ebb.problems import Code, Problem, Problems, RefusedError, quoted
from ebb.settings.toml_writing import toml_column, toml_list

if TYPE_CHECKING:
    from ebb.settings.model_settings import ModelSettings

MAX_COLUMNS = 10_000
_SHOWN = 20
_LONGEST_COMPARED = 64


@dataclass(frozen=True)
class Layout:
    """Positions count from 0 in the file. `names` is None without a header.

    `ending`: the column behind a delimiter at the end of the lines, which is none. `remarks`: warnings.
    """

    delimiter: str
    width: int
    names: tuple[str, ...] | None
    label: int
    dropped: frozenset[int]
    how: How = How.NAMED
    ending: int | None = None
    remarks: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def has_header(self) -> bool:
        return self.names is not None

    @property
    def features(self) -> tuple[int, ...]:
        return tuple(place for place in range(self.width) if place != self.label and place not in self.dropped)

    def name(self, position: int) -> str | None:
        return self.names[position] or None if self.names and position < len(self.names) else None


def layout_of(block: Block, settings: ModelSettings, problems: Problems) -> tuple[Layout, Head]:
    """The layout by the file's first block. What is wrong with the header is refused at once: nothing else can be."""
    delimiter = delimiter_of(block.text).decode()
    first = first_row(block, delimiter, problems)
    head = Head.of(first, block, delimiter) if len(first) <= MAX_COLUMNS else None
    if head is None or not 1 < max(len(first), head.width) <= MAX_COLUMNS:
        raise problems.last(_wrong_width(first, block.numbers[0]))
    names, head, remarks = _names(block, head, delimiter, settings, problems)
    return _Columns(head, names, settings, problems).layout(delimiter, remarks), head


def _wrong_width(first: Sequence[str], line: int) -> Problem:
    if len(first) == 1:
        remedy = "Separate the columns with commas, semicolons, tabs or bars: a label and at least one feature."
        return Problem(Code.NO_FEATURES, "The table has one column.", remedy, line, 0, first[0])
    problem = f"The table has {len(first):,} columns; at most {MAX_COLUMNS:,} are read."
    return Problem(Code.TOO_MANY_COLUMNS, problem, "Leave columns out.", line, MAX_COLUMNS)


_Names = tuple[tuple[str, ...] | None, Head, tuple[Problem, ...]]


def _names(block: Block, head: Head, delimiter: str, settings: ModelSettings, problems: Problems) -> _Names:
    """A name for each column, `` for one that has none; None without a header, which is then one of the rows."""
    missing_first = head.width == len(head.first) + 1 and not head.columns[-1].empty
    shift = 1 if missing_first else 0
    verdict = _verdict(head, shift, settings, problems)
    if verdict is FirstLine.ROW or (head.width < len(head.first) and head.first[-1]):
        head = head.of_first_width(block, delimiter)
        return (None, head.with_first_row(), ()) if verdict is FirstLine.ROW else (tuple(head.first), head, ())
    names = ("", *head.first) if missing_first else (*head.first, "")[: head.width]
    remark = [_header_of_positions(head)] if verdict is FirstLine.POSITIONS else []
    return names, head, tuple(remark)


def _verdict(head: Head, shift: int, settings: ModelSettings, problems: Problems) -> FirstLine:
    """`auto`: a header names a column of model.toml; or what stands below tells it."""
    if settings.header != "auto":
        return FirstLine.HEADER if settings.header else FirstLine.ROW
    named = [name for name in (settings.label, *settings.drop) if isinstance(name, str)]
    if any(name in head.first for name in named):
        return FirstLine.HEADER
    below = head.columns[shift:]
    are_numbers = [column.tally.is_numeric for column in below] + [False] * len(head.first)
    verdict = first_line(head.first, are_numbers[: len(head.first)])
    if verdict is not FirstLine.OPEN:
        return verdict
    if not any(column.tally.present for column in head.columns):
        is_row = any(is_number(cell) or is_missing(cell) for cell in head.first)
        return FirstLine.ROW if is_row else FirstLine.HEADER
    if named:
        return FirstLine.ROW
    what = "Every column is text" if not any(are_numbers) else "The first line holds years above numbers"
    problem = f"{what}, so that the first line may be a header or a row."
    remedy = "Set header = true in model.toml if it names the columns, or header = false if it is a row."
    raise problems.last(Problem(Code.HEADER_UNCLEAR, problem, remedy, head.line))


def _header_of_positions(head: Head) -> Problem:
    problem = "The first line counts the columns, so it is taken for a header."
    remedy = "If it is a row, set header = false in model.toml."
    return Problem(Code.HEADER_OF_POSITIONS, problem, remedy, head.line)


@dataclass(frozen=True)
class _Columns:
    """The columns by what they are called and hold, as the settings choose among them."""

    head: Head
    names: tuple[str, ...] | None
    settings: ModelSettings
    problems: Problems

    def layout(self, delimiter: str, remarks: tuple[Problem, ...]) -> Layout:
        named = [*([] if self.settings.label is None else [self.settings.label]), *self.settings.drop]
        places = [self._position(name) for name in named]
        if any(place is None for place in places):
            raise self.problems.refusal()
        given = [place for place in places if place is not None]
        label = given.pop(0) if self.settings.label is not None else None
        if label in given:
            problem = f"The label, column {label}, is also in drop."
            remedy = "Take it out of drop, or name another label."
            raise self.problems.last(Problem(Code.UNKNOWN_COLUMN, problem, remedy, column=label))
        row_names = self._row_names({*given, *([] if label is None else [label])})
        if row_names is not None:
            remarks = (*remarks, row_names)
        ended = [] if self.ending is None else [self.ending]
        left_out = frozenset((*given, *ended, *([] if row_names is None else [0])))
        self._refuse_bad_names(left_out, label)
        if self.problems.all:
            raise self.problems.refusal()
        how = How.NAMED if label is not None else How.BY_NAME if self.names else How.FIRST
        layout = Layout(delimiter, self.head.width, self.names, label or 0, left_out, how, self.ending, remarks)
        if label is None:
            layout = replace(layout, label=self._label(layout))
        if not layout.features:
            problem = "The table has no features: every column but the label is left out."
            raise self.problems.last(Problem(Code.NO_FEATURES, problem, "Take a column out of drop."))
        return layout

    @cached_property
    def ending(self) -> int | None:
        """The last column, if it has no name and no cell."""
        last = self.head.width - 1
        has_name = self.names is not None and self.names[last]
        return last if self.head.rows and self.head.columns[last].empty and not has_name else None

    def _row_names(self, used: set[int]) -> Problem | None:
        """What pandas and R write before the columns: texts or a counter, without a name."""
        first = self.head.columns[0]
        if self.names is None or self.names[0] or 0 in used or not self.head.rows:
            return None
        if not first.is_text and not first.order.counts_the_rows:
            return None
        what = "counts the rows" if first.order.counts_the_rows else "holds text"
        problem = f"The first column has no name and {what}, as row names do: it is left out."
        remedy = "Give it a name in the header if the model is to learn from it."
        return Problem(Code.ROW_NAMES, problem, remedy, self.head.line, 0)

    def _position(self, name: str | int) -> int | None:
        """Positions do not count what stands behind a delimiter at the end of the lines."""
        width = self.head.width if self.ending is None else self.head.width - 1
        if isinstance(name, int) and -width <= name < self.head.width:
            return name % width if name < 0 else name
        if isinstance(name, str) and name and self.names and name in self.names:
            return self.names.index(name)
        problem = f"model.toml names a column {quoted(name) if isinstance(name, str) else name}, which is not there."
        self.problems.add(Problem(Code.UNKNOWN_COLUMN, problem, self._which_there_are(name, width), value=str(name)))
        return None

    def _which_there_are(self, name: str | int, width: int) -> str:
        positions = f"Positions go from 0 to {width - 1}; -1 is the last column."
        if isinstance(name, int):
            return positions
        near = _near(name, self.names or self.head.first)
        hint = f"Did you mean {quoted(near)}? " if near else ""
        if self.names is None:
            header = f"If it is one, set header = true{'' if near else f', or: {positions}'}"
            return f"{hint}The first line was not taken for a header. {header.rstrip('.')}."
        return f"{hint}The columns are {listed(self.names)}."

    def _refuse_bad_names(self, left_out: frozenset[int], label: int | None) -> None:
        first: dict[str, int] = {}
        unnamed = [place for place, name in enumerate(self.names or ()) if not name and place not in left_out]
        unnamed = [place for place in unnamed if place not in self._by_position]
        in_drop = toml_list([*(self._as_dropped(name) for name in self.settings.drop), *map(str, unnamed)])
        found = []
        for place, name in enumerate(self.names or ()):
            if place in unnamed:
                other = "name another label" if place == label else f"leave it out: drop = {in_drop}"
                remedy = f"Give it a name, or {other}."
                found.append(Problem(Code.UNNAMED_COLUMN, "The column has no name.", remedy, self.head.line, place, ""))
            elif name and place not in self._by_position and first.setdefault(name, place) < place:
                problem = f"The name {quoted(name)} is also that of column {first[name]}."
                remedy = f"Give each column its own name, or leave it out: drop = [{place}]."
                found.append(Problem(Code.DUPLICATE_COLUMN, problem, remedy, self.head.line, place, name, name))
        self.problems.add(*found)

    @cached_property
    def _by_position(self) -> set[int | None]:
        return {self._position(place) for place in self.settings.drop if isinstance(place, int)}

    def _as_dropped(self, name: str | int) -> str:
        return str(name) if isinstance(name, int) else toml_column(self.names.index(name) if self.names else 0, name)

    def _label(self, layout: Layout) -> int:
        names, left_out = layout.names, layout.dropped
        if len(left_out) >= layout.width:
            problem = "The table has no features: every column is left out."
            raise self.problems.last(Problem(Code.NO_FEATURES, problem, "Take columns out of drop."))
        found = by_place(self.head.columns, left_out) if names is None else by_name(names, left_out)
        if isinstance(found, Unclear):
            raise no_label(self.head, layout, self.settings, self.problems, found.why, refused=False)
        return found


def no_label(
    head: Head, layout: Layout, settings: ModelSettings, problems: Problems, why: str, *, refused: bool = True
) -> RefusedError:
    """To raise: nobody said what is to be predicted. `refused`: the column that was chosen, which it cannot be."""
    left_out = layout.dropped | ({layout.label} if refused else set())
    suggested = Suggestion.of(head, layout.names, left_out)
    place = layout.label if refused else None
    name = layout.name(layout.label) if refused else None
    problem = f"model.toml names no label, and {why}."
    told = Problem(Code.NO_LABEL, problem, suggested.remedy, None, place, None, name)
    return problems.last(told, suggested.model_toml(settings))


def _near(name: str, names: Sequence[str]) -> str | None:
    """The one that was meant: another case, or a slip."""
    if same := [known for known in names if known.lower() == name.lower()]:
        return same[0]
    if len(name) > _LONGEST_COMPARED:
        return None
    close = get_close_matches(name, [known for known in names[:MAX_COLUMNS] if len(known) <= _LONGEST_COMPARED], 1)
    return close[0] if close else None


def listed(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name) for name in names[:_SHOWN] if name)
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
