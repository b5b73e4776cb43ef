"""Which column is the label: the one that is named, or the one that its name or its place makes certain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ebb.datasets.head import HeadColumn

_ANYWHERE = ("label", "target", "outcome")
_OTHER_AXES = ("x", "z")
_TRUTH = {"true", "false"}


class How(StrEnum):
    """How it was chosen."""

    NAMED = "named"  # in model.toml
    BY_NAME = "its name"
    FIRST = "the first column"


@dataclass(frozen=True)
class Unclear:
    """Nothing says which it is. `why`: a clause."""

    why: str


def by_name(names: Sequence[str], left_out: Collection[int]) -> int | Unclear:
    """Of a table with a header."""
    places = [place for place in range(len(names)) if place not in left_out]
    called = {place: names[place].lower() for place in places}
    found = [place for place in places if called[place] in _ANYWHERE]
    if places and called[places[-1]] == "class":
        found.append(places[-1])
    if not any(name in _OTHER_AXES for name in called.values()):
        found += [place for place in places if called[place] == "y" and place in (places[0], places[-1])]
    if len(found) == 1:
        return found[0]
    if found:
        return Unclear("several columns have a label's name")
    return Unclear("no column is called label, target or outcome")


def by_place(columns: Sequence[HeadColumn], left_out: Collection[int]) -> int | Unclear:
    """Of a table without a header: as the container has it, if nothing speaks against it."""
    if 0 in left_out:
        return Unclear("there is no header, and the first column is left out")
    texts = [place for place, column in enumerate(columns) if place not in left_out and column.is_text]
    if texts in ([], [0]):
        return 0
    return Unclear("there is no header, and columns hold text")
