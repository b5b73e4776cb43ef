"""Make two files from the one that UCI publishes (raw/abalone.data: no header, the sex a letter, the label last).

python examples/prepare_abalone.py

header/abalone.csv: the same lines below a line of names.
abalone.csv: what XGBoost itself wants. Rings (the label), M, F and I (1 for the sex of this row, 0 otherwise), and
the seven measurements in their published order. Each number keeps the very text of the source.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RAW = HERE / "raw/abalone.data"
WITH_HEADER = HERE / "header/abalone.csv"
PREPARED = HERE / "abalone.csv"

NAMES = [
    "sex",
    "length",
    "diameter",
    "height",
    "whole_weight",
    "shucked_weight",
    "viscera_weight",
    "shell_weight",
    "rings",
]
SEXES = ("M", "F", "I")


def prepare(lines: Iterable[str]) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(lines), start=1):
        if len(row) != len(NAMES) or row[0] not in SEXES:
            raise ValueError(f"line {number}: expected {len(NAMES)} cells, the first one of {', '.join(SEXES)}: {row}")
        sex, *measurements, rings = row
        yield [rings, *("1" if sex == each else "0" for each in SEXES), *measurements]


def main(prepared: Path = PREPARED, with_header: Path = WITH_HEADER) -> None:
    lines = RAW.read_text("ascii").splitlines()
    rows = list(prepare(lines))
    with prepared.open("w", newline="", encoding="ascii") as target:
        csv.writer(target, lineterminator="\n").writerows(rows)
    with_header.write_text("\n".join([",".join(NAMES), *lines, ""]), "ascii")
    print(f"{prepared}: {len(rows)} rows, {len(rows[0])} columns")
    print(f"{with_header}: a header and {len(lines)} rows, {len(NAMES)} columns")


if __name__ == "__main__":
    main()
