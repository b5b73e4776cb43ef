"""pandas, read by its pyarrow engine.

It keeps the file's own text: `to_csv` formats each number in Python and takes five times as long. Lines and cells are
therefore joined by Python itself, where the label is not first from columns of text.
"""

from __future__ import annotations

from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]

from benchmarks.dataset_files import Kind
from benchmarks.peers.job import (
    BELOW,
    MODULUS,
    TRAIN,
    VALIDATION,
    Column,
    Facts,
    by_frequency,
    checked,
    main,
    numeric,
    one_hot,
    sha256,
)


def reading(kind: Kind) -> dict[str, Any]:
    return {"header": 0 if kind.header else None, "names": kind.columns, "engine": "pyarrow"}


def facts(kind: Kind, path: Path, numbers: Any) -> Facts:
    measured = zip(
        numbers.min(), numbers.max(), numbers.isna().sum(), ~np.isinf(numbers.to_numpy()).any(axis=0), strict=True
    )
    columns = [Column(float(low), float(high), int(gone), bool(finite)) for low, high, gone, finite in measured]
    return Facts(len(numbers), checked(kind, columns), sha256(path))


def held_out(frame: Any) -> Any:
    return pd.util.hash_pandas_object(frame, index=False).to_numpy() % MODULUS < BELOW


def write(rows: list[str], chosen: Any) -> None:
    for path, mask in ((TRAIN, ~chosen), (VALIDATION, chosen)):
        path.write_text("\n".join(compress(rows, mask.tolist())) + "\n")


def lines(kind: Kind, path: Path) -> Facts:
    frame = pd.read_csv(path, dtype="float64", **reading(kind))
    found = facts(kind, path, frame)
    chosen = held_out(frame)
    del frame
    write(path.read_text().splitlines(), chosen)
    return found


def text_columns(kind: Kind, path: Path) -> Facts:
    """Read twice, as numbers and as text: quicker than to make numbers of the text."""
    frame = pd.read_csv(path, dtype=dict.fromkeys(numeric(kind), "float64"), **reading(kind))
    found = facts(kind, path, frame[numeric(kind)])
    chosen = held_out(frame)
    del frame
    text = pd.read_csv(path, dtype="str", keep_default_na=False, **reading(kind))
    write(list(map(",".join, zip(*cells(kind, text), strict=True))), chosen)
    return found


def cells(kind: Kind, frame: Any) -> list[list[str]]:
    """Label first; each word as the cells that stand for it, already joined."""
    numbers = set(numeric(kind))
    return [frame[name].tolist() if name in numbers else encoded(frame[name]) for name in ["label", *kind.features]]


def encoded(column: Any) -> list[str]:
    values = one_hot(by_frequency(column.value_counts().to_dict()))
    return list(map(values.__getitem__, column.tolist()))


def verbatim(kind: Kind, path: Path) -> Facts:
    return text_columns(kind, path) if kind.label_last else lines(kind, path)


if __name__ == "__main__":
    main({"verbatim": verbatim})
