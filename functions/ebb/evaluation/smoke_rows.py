"""`smoke.csv`: held-out rows as they are sent to an endpoint, with their labels."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class SmokeRows:
    """Labels as xgboost has them, in 32-bit floats; the features of each row are text."""

    labels: tuple[float, ...]
    features: tuple[str, ...]

    @classmethod
    def of(cls, csv_text: str) -> Self:
        """Of a file without a header whose first column is the label."""
        rows = [line.partition(",") for line in csv_text.splitlines() if line]
        labels = array("f", (float(label) for label, _, _ in rows))
        return cls(tuple(labels), tuple(features for _, _, features in rows))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def have_one_label(self) -> bool:
        """Then a model may well give every row the same answer."""
        return len(set(self.labels)) <= 1
