"""The one thing that can be wrong with a model here: it cannot be evaluated, and the reason says why."""

from __future__ import annotations


class UnusableModelError(Exception):
    """`reason`: a sentence without a full stop for people, such as "its booster is gblinear, which has no trees"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(text: object) -> str:
    """What a model says of itself, short enough and safe to be put into a reason."""
    written = ascii(text)
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}..."


_SHOWN = 60
