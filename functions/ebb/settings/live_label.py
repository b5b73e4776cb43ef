"""What the run that is live predicts: copied once into a new run's settings, so that its classes keep their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class LiveLabel:
    """`name` is None without a header. `classes`: in the order of their numbers; None where the label is a number."""

    run: str
    name: str | None
    position: int
    objective: str
    num_class: int | None
    classes: tuple[str, ...] | None

    @classmethod
    def of(cls, run: str, dataset: Mapping[str, Any]) -> Self:
        """`dataset`: the run's dataset.json."""
        label = dataset["label"]
        classes = None if label["classes"] is None else tuple(label["classes"])
        return cls(run, label["name"], label["position"], dataset["objective"], dataset["num_class"], classes)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        classes = None if kept["classes"] is None else tuple(kept["classes"])
        return cls(kept["run"], kept["name"], kept["position"], kept["objective"], kept["num_class"], classes)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"classes": None if self.classes is None else list(self.classes)}

    def is_that_of(self, name: str | None, position: int) -> bool:
        """Whether it is the same column: by name, or by position without a header."""
        if name is None or self.name is None:
            return name is None and self.name is None and position == self.position
        return name == self.name
