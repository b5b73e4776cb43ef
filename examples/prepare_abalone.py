"""Make abalone.csv from the file that UCI publishes: the label first, the sex as three columns, no header.

python examples/prepare_abalone.py [RAW_FILE]

Columns: rings (the label), then M, F and I (1 for the sex of this row, 0 otherwise), then the seven
measurements in their published order, each with the very text of the source.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RAW = HERE / "abalone.data"
PREPARED = HERE / "abalone.csv"

SEXES = ("M", "F", "I")
CELLS = 9  # sex, seven measurements, rings


def prepare(lines: Iterable[str]) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(lines), start=1):
        if len(row) != CELLS or row[0] not in SEXES:
            raise ValueError(f"line {number}: expected {CELLS} cells, the first one of {', '.join(SEXES)}: {row}")
        sex, *measurements, rings = row
        yield [rings, *("1" if sex == each else "0" for each in SEXES), *measurements]


def main(raw: Path = RAW, prepared: Path = PREPARED) -> None:
    with raw.open(newline="", encoding="ascii") as source:
        rows = list(prepare(source))
    with prepared.open("w", newline="", encoding="ascii") as target:
        csv.writer(target, lineterminator="\n").writerows(rows)
    print(f"{prepared}: {len(rows)} rows, {len(rows[0])} columns")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
