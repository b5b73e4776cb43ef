"""The columns of a dataset as rows of a table; where there are very many, neighbours that are alike share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from cli.terminal.numbers import number, share, span
from cli.terminal.table import Cell, Head
from cli.terminal.text import cut, visible

Column = dict[str, Any]
MANY = 40
_FIRST, _LAST = 30, 10
_MAX_NAME = 48

_HEADS = (
    Head("column", right=True),
    Head("name", share=2),
    Head("kind"),
    Head("missing", right=True),
    Head("values", share=3),
    Head("features", right=True),
)


def heads(*, named: bool) -> list[Head]:
    return [head for head in _HEADS if named or head.title != "name"]


def rows(columns: Sequence[Column], longest: int, *, named: bool, whole: bool) -> list[list[Cell]]:
    """`longest`: what is shown of a category. `whole`: a row for every column, however many they are."""
    single = whole or len(columns) <= MANY
    groups = [[column] for column in columns] if single else list(_neighbours(columns))
    shown = [_row(group, longest) for group in groups]
    if not whole and len(groups) > MANY:
        left_out = sum(map(len, groups[_FIRST:-_LAST]))
        gap: list[Cell] = ["…", "…", "…", "", [f"{left_out:,} more columns"], ""]
        shown = [*shown[:_FIRST], gap, *shown[-_LAST:]]
    return shown if named else [[row[0], *row[2:]] for row in shown]


def _neighbours(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Numbers side by side are one group; everything else stands for itself."""
    for alike, group in groupby(columns, lambda column: column["role"] == "feature" and column["kind"] == "number"):
        if alike:
            yield list(group)
        else:
            yield from ([column] for column in group)


def _row(group: Sequence[Column], longest: int) -> list[Cell]:
    first, last = group[0], group[-1]
    features = [feature for column in group for feature in column["features"]]
    return [
        span(first["position"], last["position"]),
        _name(first) if first is last else f"{_name(first)} … {_name(last)}",
        first["kind"] if first["role"] == "feature" else first["role"],
        _missing(group),
        _values(group, longest),
        span(min(features), max(features)) if features else "",
    ]


def _name(column: Column) -> str:
    return cut(visible(column["name"] or ""), _MAX_NAME)


def _missing(group: Sequence[Column]) -> str:
    if group[0]["role"] == "dropped":
        return ""
    most = max(column["missing"] for column in group)
    return share(most) if len(group) == 1 or not most else f"≤ {share(most)}"


def _values(group: Sequence[Column], longest: int) -> list[str]:
    """`0.075 to 0.815`, or `M (1,528), F (1,307)`."""
    if categories := group[0].get("categories"):
        texts = [f"{cut(visible(each['value']), longest)} ({each['rows']:,})" for each in categories]
        return [*(f"{text}," for text in texts[:-1]), texts[-1]]
    least = [column["minimum"] for column in group if column.get("minimum") is not None]
    most = [column["maximum"] for column in group if column.get("maximum") is not None]
    return [f"{number(min(least))} to {number(max(most))}"] if least and most else [""]
