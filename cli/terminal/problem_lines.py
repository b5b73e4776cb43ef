"""Problems for people: what is wrong where, what to do, and where else the same is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from cli.terminal.screen import Screen, Style
from cli.terminal.text import cut, flowed, visible

Problem = dict[str, Any]
_MAX_WIDTH = 100
_LONG = 32
_NAMED_PLACES = 8
_FEW = 3


def problem_lines(problems: Sequence[Problem], screen: Screen, style: Style) -> Iterator[str]:
    """In the order of the file; what is wrong in the same way is told once, with the places."""
    for first, *others in _alike(problems):
        yield ""
        yield from _sentence(first, screen, style)
        yield from _hanging("→", visible(first["remedy"]).split(), screen)
        if others:
            yield from _hanging("·", _others(first, others), screen)


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    """The same in one column; or, where more than a few columns have it, the same in all of them."""
    columns = {(problem["code"], _position(problem)) for problem in problems}
    counts = Counter(code for code, position in columns if position is not None)
    groups: dict[Any, list[Problem]] = {}
    for problem in problems:
        code, position = problem["code"], _position(problem)
        detail = problem["problem"] if position is None else position if counts[code] <= _FEW else None
        groups.setdefault((code, detail), []).append(problem)
    return list(groups.values())


def _position(problem: Problem) -> int | None:
    return problem["column"]["position"] if problem["column"] else None


def _sentence(problem: Problem, screen: Screen, style: Style) -> Iterator[str]:
    said = visible(problem["problem"])
    value = problem["value"] or ""
    if visible(value) not in said and repr(value)[1:-1] not in said:
        said = f"{said} Found: {visible(repr(value))}"
    place = ", ".join(_place(problem))
    for line in flowed([*([f"{place}:"] if place else []), *said.split()], _room(screen)):
        head = f"{place}:" if place and line.startswith(f"{place}:") else ""
        yield f"  {screen.paint(head, style)}{line.removeprefix(head)}" if head else f"  {line}"


def _hanging(sign: str, pieces: Sequence[str], screen: Screen) -> Iterator[str]:
    for number, line in enumerate(flowed(pieces, _room(screen) - 4)):
        yield f"    {sign if number == 0 else ' '} {line}"


def _room(screen: Screen) -> int:
    return min(screen.width, _MAX_WIDTH) - 2


def _place(problem: Problem) -> list[str]:
    """`line 7` and `column 2 "price"`, as much of it as there is."""
    parts = [f"line {problem['line']:,}"] if problem["line"] else []
    if problem["column"]:
        name = problem["column"]["name"]
        quoted = f' "{cut(visible(name), _LONG)}"' if name else ""
        parts.append(f"column {problem['column']['position']}{quoted}")
    return parts


def _others(first: Problem, others: Sequence[Problem]) -> list[str]:
    """`also line 9 ('2,100.00'), line 12 ('1,000.50') and 15 more`."""
    named = [_other(first, problem) for problem in others[:_NAMED_PLACES]]
    more = len(others) - len(named)
    pieces = ["also", *(f"{place}," for place in named[:-1]), *named[-1:]]
    return [*pieces, f"and {more} more"] if more else pieces


def _other(first: Problem, problem: Problem) -> str:
    """As much of its place as is another one."""
    place = " ".join(part for part in _place(problem) if part not in _place(first))
    value = f" ({cut(visible(repr(problem['value'])), _LONG)})" if problem["value"] else ""
    return f"{place}{value}"
