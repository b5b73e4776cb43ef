"""Regular expressions that match only numbers within bounds: C code proves most cells, Python looks at the rest.

A file's extremes are known after its first blocks, to within what rarely happens again. A cell that matches the
pattern made from them is a number, and changes neither; only one that does not match has to be read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

_SIGNIFICANT = 3  # digits of the bounds that the pattern follows
_MOST_DIGITS = 12  # columns of larger numbers have a pattern of their extremes alone
_MOST_DECIMALS = 19


def within(minimum: float, maximum: float, extremes: Collection[str], sample: Sequence[str]) -> str:
    """A pattern of decimal numbers from `minimum` to `maximum`; not of all of them.

    `extremes` match as they stand. `sample`: cells as this column has them; what most of them match is tried first.
    """
    decimals = _Decimals.of({len(cell.partition(".")[2]) for cell in sample})
    low, high, zero = Decimal(repr(minimum)), Decimal(repr(maximum)), Decimal(0)
    both = max(min(-low, high), zero)
    found = [f"-?+{piece}" for piece in _unsigned(zero, both, decimals)]
    found += _unsigned(max(low, both), high, decimals)
    found += [f"-{piece}" for piece in _unsigned(max(-high, both), -low, decimals)]
    known = re.compile("|".join(found) or "(?!)", re.ASCII)
    # Each number matches one alternative only: otherwise a row that misses would be tried in every combination.
    found += sorted({re.escape(text) for text in extremes if not known.fullmatch(text)})
    hits = {piece: sum(map(bool, map(re.compile(piece, re.ASCII).fullmatch, sample))) for piece in found}
    return f"(?:{'|'.join(sorted(found, key=lambda piece: -hits[piece]))})"


def _unsigned(low: Decimal, high: Decimal, decimals: _Decimals) -> list[str]:
    digits = max(high.adjusted() + 1, 1)
    if digits > _MOST_DIGITS or low >= high:
        return []
    return [piece for length in range(digits, 0, -1) for piece in _Prefix("", length, decimals).inside(low, high)]


@dataclass(frozen=True)
class _Prefix:
    """The numbers whose decimal form begins with `digits`, `whole` of them before the point."""

    digits: str
    whole: int
    decimals: _Decimals

    @property
    def unit(self) -> Decimal:
        """The width of the interval that these numbers fill."""
        return Decimal(1).scaleb(self.whole - len(self.digits))

    @property
    def least(self) -> Decimal:
        return int(self.digits or 0) * self.unit

    def inside(self, low: Decimal, high: Decimal) -> Iterator[str]:
        """Patterns of those among them that lie between the bounds; the widest first."""
        narrower: list[str] = []
        run: list[int] = []
        for digit in range(1 if not self.digits and self.whole > 1 else 0, 10):
            child = _Prefix(f"{self.digits}{digit}", self.whole, self.decimals)
            if low <= child.least and child.least + child.unit <= high:
                run.append(digit)
            elif child.least < high and low < child.least + child.unit and child.may_be_split():
                narrower += child.inside(low, high)
        if run:
            yield self._spelled(run, low)
        yield from narrower

    def may_be_split(self) -> bool:
        return len(self.digits.lstrip("0")) < _SIGNIFICANT and len(self.digits) < self.whole + _SIGNIFICANT

    def _spelled(self, digits: list[int], low: Decimal) -> str:
        choice = f"[{digits[0]}-{digits[-1]}]" if len(digits) > 1 else str(digits[0])
        if len(self.digits) < self.whole:
            more = self.whole - len(self.digits) - 1
            return self.digits + choice + (rf"[0-9]{{{more}}}" if more else "") + self.decimals.any()
        whole, begun = self.digits[: self.whole], self.digits[self.whole :]
        is_least = digits[0] == 0 and not begun.strip("0") and low <= self.least  # without a point, then
        return whole + self.decimals.beginning(begun, choice, may_be_left_out=is_least)


@dataclass(frozen=True)
class _Decimals:
    """The point and what follows it, as this column has it: the less a pattern leaves open, the faster it is."""

    least: int
    most: int
    always: bool

    @classmethod
    def of(cls, lengths: Collection[int]) -> _Decimals:
        some = [length for length in lengths if length]
        if not some:
            return cls(0, 0, always=False)
        if len(some) == 1 and some[0] <= _MOST_DECIMALS:
            return cls(some[0], some[0], always=0 not in lengths)
        return cls(0, _MOST_DECIMALS, always=0 not in lengths)

    def any(self) -> str:
        if not self.most:
            return ""
        pattern = rf"\.{self._digits(0)}"
        return pattern if self.always else f"(?:{pattern}|)"

    def beginning(self, begun: str, choice: str, *, may_be_left_out: bool) -> str:
        if len(begun) + 1 > self.most:
            return "" if may_be_left_out else "(?!)"
        pattern = rf"\.{begun}{choice}{self._digits(len(begun) + 1)}"
        return f"(?:{pattern}|)" if may_be_left_out and not self.always else pattern

    def _digits(self, begun: int) -> str:
        least, most = max(self.least - begun, 0), self.most - begun
        if least == most:
            return rf"[0-9]{{{most}}}" if most > 1 else "[0-9]" * most
        return rf"[0-9]{{{least},{most}}}+"
