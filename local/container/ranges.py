"""What values a hyperparameter may take, and how the container writes that down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Range(Protocol):
    """Anything that can say `value in range` and print itself in a message."""

    def __contains__(self, value: object, /) -> bool: ...


@dataclass(frozen=True)
class Interval:
    """Numbers between two ends, each open (`above`, `below`), closed (`at_least`, `at_most`) or absent."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def __contains__(self, value: object) -> bool:
        """Not a number is inside every interval, as it is in the container."""
        if not isinstance(value, int | float):
            raise TypeError(f"{value!r} is not a number")
        return not (
            (self.above is not None and value <= self.above)
            or (self.at_least is not None and value < self.at_least)
            or (self.below is not None and value >= self.below)
            or (self.at_most is not None and value > self.at_most)
        )

    def __str__(self) -> str:
        return f"{self._lower_end()}, {self._upper_end()}"

    def _lower_end(self) -> str:
        if self.above is not None:
            return f"({self.above}"
        return "(-inf" if self.at_least is None else f"[{self.at_least}"

    def _upper_end(self) -> str:
        if self.below is not None:
            return f"{self.below})"
        return "+inf)" if self.at_most is None else f"{self.at_most}]"


@dataclass(frozen=True)
class NamesOr:
    """A list of names, and further ones that `accepts` knows by their form."""

    names: list[str]
    accepts: Callable[[str], bool]

    def __contains__(self, value: object) -> bool:
        return value in self.names or self.accepts(str(value))

    def __str__(self) -> str:
        return str(self.names)
