"""What the runs of all contenders over one file say."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.contenders import EBB, POLARS, Contender, Run
from benchmarks.dataset_files import Kind

MEGABYTE = 1_000_000
# Of Polars' own ways. Wanted on `long` is 1, too; reached is 0.8, and the limit is there to notice a step back.
AT_LEAST = {"short": 1.0, "long": 0.7, "gaps": 0.25, "general": 0.25}


@dataclass
class Race:
    """The runs of every contender over one file."""

    kind: Kind
    size: int
    runs: dict[Contender, list[Run]] = field(default_factory=dict)

    def busy(self, contender: Contender) -> float:
        return statistics.median(run.busy for run in self.runs[contender])

    def seconds(self, contender: Contender) -> float:
        return statistics.median(run.seconds for run in self.runs[contender])

    def peak(self, contender: Contender) -> int:
        return max(run.peak for run in self.runs[contender])

    @property
    def best(self) -> Contender:
        """The quicker of Polars' own two ways, which read, split and write a table; verbatim copies lines."""
        own = [contender for contender in POLARS if contender in self.runs and contender.reformats]
        return min(own, key=self.busy)

    def ratio(self, contender: Contender) -> float:
        """As fast as Polars: 1. The median of what each round says, since neighbours disturb rounds differently."""
        pairs = zip(self.runs[self.best], self.runs[contender], strict=True)
        return statistics.median(polars.busy / other.busy for polars, other in pairs)

    def faults(self) -> list[str]:
        wanted, found = AT_LEAST[self.kind.name], self.ratio(EBB)
        if found >= wanted:
            return []
        return [f"{self.kind.name}: Ebb is {found:.2f} times as fast as {self.best.name}; wanted: {wanted:g}"]

    def lines(self) -> Iterator[str]:
        yield f"\n{self.kind.name}: {self.kind.title}; {self.size / MEGABYTE:.0f} MB"
        yield f"{'':20}{'MB/s':>10}{'of Polars':>12}{'CPU':>11}{'clock':>11}{'peak memory':>14}"
        for contender in sorted(self.runs, key=self.busy):
            busy, peak = self.busy(contender), self.peak(contender)
            yield (
                f"{contender.name + ' *' * contender.reformats:20}{self.size / MEGABYTE / busy:>10.0f}"
                f"{self.ratio(contender):>12.2f}{busy:>9.2f} s{self.seconds(contender):>9.2f} s"
                + (f"{peak / MEGABYTE:>11.0f} MB" if peak else "")
            )
