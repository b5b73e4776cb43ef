"""A `dataset.json` for people: the verdict, what the file holds, and every column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.check import column_rows
from cli.terminal.numbers import counted, number
from cli.terminal.problem_lines import problem_lines
from cli.terminal.screen import Screen, Style
from cli.terminal.table import table
from cli.terminal.text import cut, flowed, padded, visible
from ebb.problems import MAX_PROBLEMS

Dataset = dict[str, Any]
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LABEL_WIDTH = 9
_LONG = 40
_LEAST = 12
_MAX_CLASSES = 20


def dataset_lines(dataset: Dataset, name: str, settings: str, screen: Screen, *, whole: bool) -> Iterator[str]:
    """`settings`: where they are from. `whole`: all columns and categories, however many."""
    if dataset["verdict"] == "refused":
        yield from _refused(dataset, name, settings, screen)
    else:
        yield from _accepted(dataset, name, settings, screen, whole=whole)


def _refused(dataset: Dataset, name: str, settings: str, screen: Screen) -> Iterator[str]:
    problems = dataset["problems"]
    yield f"{screen.paint('✗ refused', Style.RED)}  {visible(name)}: {counted(len(problems), 'problem')}"
    yield from _pairs({"settings": settings.split()}, screen)
    yield from problem_lines(problems, screen, Style.BOLD)
    if len(problems) >= MAX_PROBLEMS:
        yield f"\n  Reading stopped at {MAX_PROBLEMS} problems. There may be more."


def _accepted(dataset: Dataset, name: str, settings: str, screen: Screen, *, whole: bool) -> Iterator[str]:
    warnings = dataset["warnings"]
    but = f", with {counted(len(warnings), 'warning')}" if warnings else ""
    yield f"{screen.paint('✓ accepted', Style.GREEN)}  {visible(name)}{but}"
    yield from _pairs(_facts(dataset) | {"settings": settings.split()}, screen)
    yield ""
    columns = dataset["columns"]
    named = any(column["name"] for column in columns)
    rows = column_rows.rows(columns, max(screen.width // 6, _LEAST), named=named, whole=whole)
    yield from table(column_rows.heads(named=named), rows, screen, whole=whole)
    yield from problem_lines(warnings, screen, Style.YELLOW)


def _facts(dataset: Dataset) -> dict[str, Sequence[str]]:
    rows = dataset["rows"]
    held_out = f"{rows['validation']:,} held out (validation = {dataset['validation']:g})"
    features = counted(len(dataset["features"]), "feature")
    return {
        "rows": f"{rows['all']:,}: {rows['train']:,} to train on, {held_out}".split(),
        "label": [*_label(dataset["label"]), *f"for {visible(dataset['objective'])}".split()],
        "columns": f"{len(dataset['columns']):,} in the file, {features} to train on".split(),
        "format": _format(dataset["format"]).split(),
    }


def _label(label: dict[str, Any]) -> list[str]:
    name = f' "{cut(visible(label["name"]), _LONG)}"' if label["name"] else ""
    column = [f"column {label['position']}{name},"]
    if not label["classes"]:
        kind = "the classes" if label["kind"] == "class" else "a number from"
        return [*column, *f"{kind} {number(label['minimum'])} to {number(label['maximum'])},".split()]
    classes = [f"{cut(visible(str(each)), _LONG)} = {at}," for at, each in enumerate(label["classes"])]
    more = [f"… {len(classes) - _MAX_CLASSES} more,"] if len(classes) > _MAX_CLASSES else []
    return [*column, f"{len(classes)} classes:", *classes[:_MAX_CLASSES], *more]


def _format(found: dict[str, Any]) -> str:
    parts = [f"separated by {_DELIMITERS.get(found['delimiter'], visible(found['delimiter']))}"]
    parts.append("with a header" if found["header"] else "no header")
    return ", ".join([*parts, *([visible(found["compression"])] if found["compression"] else [])])


def _pairs(facts: Mapping[str, Sequence[str]], screen: Screen) -> Iterator[str]:
    for name, pieces in facts.items():
        for at, line in enumerate(flowed(pieces, screen.width - _LABEL_WIDTH - 4)):
            head = padded(name if at == 0 else "", _LABEL_WIDTH)
            yield f"  {screen.paint(head, Style.DIM)}  {line}"
