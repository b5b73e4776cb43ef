"""Which labels an objective can learn. XGBoost refuses others after the job is paid for, or trains on nonsense."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from ebb.datasets.cells import SMALLEST

MAX_CLASSES = 1000


@dataclass(frozen=True)
class Domain:
    """The interval of the labels; `above` leaves its lower end out."""

    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    whole: bool = False
    classes: bool = False

    def holds(self, number: float) -> bool:
        """Whether it is still a label when xgboost has read it: as a 32-bit float."""
        label = float(struct.unpack("f", struct.pack("f", number))[0]) if abs(number) >= SMALLEST else 0.0
        inside = self.least < label if self.above else self.least <= label
        return inside and label <= self.most and (not self.whole or label.is_integer())

    def rule(self) -> str:
        """What a label must be: `must be a whole number from 0 to 2`."""
        number = "a whole number" if self.whole else "a number"
        if self.most < math.inf:
            return f"must be {number} from {self.least:g} to {self.most:g}"
        return f"must be {number} {'above' if self.above else 'of at least'} {self.least:g}"


_DOMAINS = {
    "reg:logistic": Domain(0, 1),
    "reg:gamma": Domain(0, above=True),
    "reg:tweedie": Domain(0),
    "reg:squaredlogerror": Domain(-1, above=True),
    "count:poisson": Domain(0),
    "rank:pairwise": Domain(0, 31, whole=True),
    "rank:ndcg": Domain(0, 31, whole=True),
    "rank:map": Domain(0, 1, whole=True),
}


def domain_of(objective: str, num_class: int | None) -> Domain:
    """Seen with xgboost 3.2.0: each bound is where training begins to fail."""
    if objective.startswith("binary:"):
        return Domain(0, 1, whole=True, classes=True)
    if objective.startswith("multi:"):
        return Domain(0, (num_class or MAX_CLASSES) - 1, whole=True, classes=True)
    return _DOMAINS.get(objective, Domain())
