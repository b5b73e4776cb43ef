"""The margins of rows: the base, and then the leaves of all trees in their order, each sum rounded to 32 bits.

That is the order of xgboost's `src/predictor/cpu_predictor.cc`, for one row as for a block of rows; dart's leaves are
multiplied by their tree's weight, in 32 bits, before they are added (`src/gbm/gbtree.cc`).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence

from ebb.trees.float32 import INFINITY, NAN
from ebb.trees.model import Model

Row = Sequence[float | None]


def margins(model: Model, rows: Iterable[Row]) -> Iterator[tuple[float, ...]]:
    """For each row its margins, one for each class or one alone, while they are asked for.

    A cell is a number as the container reads it, or None or not-a-number where it is missing; cells that a row lacks at
    its end are missing, too. ValueError for more cells than the model has features, and for a number beyond 32 bits.
    """
    base, walks, features = model.base_margins, model.walks, model.features
    for row in rows:
        cells = _doubled(row, features)
        sums = array("f", base)
        for (place, value, below, above), group in walks:
            while below is not None:
                place, value, below, above = below if cells[place] < value else above  # noqa: PLW2901
            sums[group] += value
        yield tuple(sums)


def _doubled(row: Row, features: int) -> list[float]:
    """The row twice, in 32 bits: a missing cell is below every threshold in the first half, and above in the second.

    A split that sends missing cells to the left looks into the first half, any other into the second, and so none has
    to ask whether a cell is missing.
    """
    if len(row) > features:
        raise ValueError(f"a row has {len(row)} cells; the model has {features} features")
    cells = array("f", [NAN if cell is None else cell for cell in row]).tolist()
    if len(cells) < features:
        cells += [NAN] * (features - len(cells))
    if math.isfinite(sum(cells)):
        return cells + cells
    if INFINITY in cells or -INFINITY in cells:
        raise ValueError("a row has a number that is too large for 32 bits")
    return [-INFINITY if cell != cell else cell for cell in cells] + [  # noqa: PLR0124  (not a number)
        INFINITY if cell != cell else cell  # noqa: PLR0124
        for cell in cells
    ]
