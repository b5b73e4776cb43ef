"""What answering would cost, before it is begun."""

from __future__ import annotations

from typing import Final

from ebb.trees.model import Model

# A fourth of what `python -m benchmarks.trees` finds: a Lambda function has a part of a processor, and large models
# do not fit into its cache.
STEPS_PER_SECOND: Final = 5_000_000

_STEPS_OF_ROW: Final = 40
_STEPS_OF_TREE: Final = 1
_STEPS_OF_EXPONENTIAL: Final = 40
_FEATURES_IN_STEP: Final = 2


def work(model: Model, rows: int) -> int:
    """At most so many steps, each about as long as one comparison of a cell with a threshold.

    Every row is taken to go the longest way through every tree.
    """
    each = _STEPS_OF_ROW + model.steps + _STEPS_OF_TREE * len(model.trees) + model.features // _FEATURES_IN_STEP
    return rows * (each + model.outputs * (_STEPS_OF_EXPONENTIAL if model.objective.transforms else 1))


def seconds(model: Model, rows: int, steps_per_second: float = STEPS_PER_SECOND) -> float:
    """The same as time, at a rate that the caller may have measured for itself."""
    return work(model, rows) / steps_per_second
