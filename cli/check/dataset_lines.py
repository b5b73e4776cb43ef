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
_TWO = 2
_CHOSEN = {"named": "", "its name": "by its name,", "the first column": "as the first one,"}


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
    if dataset.get("model_toml"):
        yield "\n  A finished model.toml, to be put beside the file (--write-settings writes it):\n"
        yield from (f"    {visible(line)}" for line in dataset["model_toml"].splitlines())
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
        "predicts": [*_label(dataset["label"]), *f"by {visible(dataset['objective'])}".split()],
        "columns": f"{len(dataset['columns']):,} in the file, {features} to train on".split(),
        "format": _format(dataset["format"]).split(),
    }


def _label(label: dict[str, Any]) -> list[str]:
    """Which column, and what its values are: of two classes the second is the positive one."""
    place = f"column {label['position']}"
    name = [f'"{cut(visible(label["name"]), _LONG)}"', *f"({place}),".split()] if label["name"] else [f"{place},"]
    column = [*name, *_CHOSEN[label["chosen"]].split()]
    if label["classes"] is None:
        return [*column, *f"a number from {number(label['minimum'])} to {number(label['maximum'])},".split()]
    classes = [cut(visible(each), _LONG) for each in label["classes"]]
    if len(classes) == _TWO:
        return [*column, classes[0], "or", *f"{classes[1]} (the positive one),".split()]
    more = [f"… {len(classes) - _MAX_CLASSES} more,"] if len(classes) > _MAX_CLASSES else []
    return [*column, f"{len(classes)} classes:", *(f"{each}," for each in classes[:_MAX_CLASSES]), *more]


def _format(found: dict[str, Any]) -> str:
    parts = [f"separated by {_DELIMITERS.get(found['delimiter'], visible(found['delimiter']))}"]
    parts.append("with a header" if found["header"] else "no header")
    return ", ".join([*parts, *([visible(found["compression"])] if found["compression"] else [])])


def _pairs(facts: Mapping[str, Sequence[str]], screen: Screen) -> Iterator[str]:
    for name, pieces in facts.items():
        for at, line in enumerate(flowed(pieces, screen.width - _LABEL_WIDTH - 4)):
            head = padded(name if at == 0 else "", _LABEL_WIDTH)
            yield f"  {screen.paint(head, Style.DIM)}  {line}"
