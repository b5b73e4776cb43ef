"""How much a model may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class ModelLimits:
    """Memory follows from them: a model takes a few times the bytes of its file, one that was made to take much, ten.

    `archive_bytes` and `model_bytes` are of `model.tar.gz` and of what is in it; `depth` is the longest path in a tree,
    in splits; `features` and `outputs` are the model's columns and classes.
    """

    archive_bytes: int = 24 * _MIB
    model_bytes: int = 24 * _MIB
    trees: int = 100_000
    depth: int = 1_000
    features: int = 100_000
    outputs: int = 1_000


DEFAULT_LIMITS = ModelLimits()
