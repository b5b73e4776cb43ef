"""What confirm_endpoint leaves for the tear-down to go by: calls of its own that CloudWatch has to show later."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ebb.ledger.endpoint_row import Control, EndpointRow
from ebb.settings.model_settings import Idle


@dataclass(frozen=True)
class Baseline:
    """Of a config that has just answered behind the model's own endpoint. `idle`: its [idle]. `image`: its version.

    `predicts`: what its run does, in words.
    """

    variant: str
    control: Control
    idle: Idle
    image: str
    predicts: str

    def known(self, row: EndpointRow) -> EndpointRow:
        """In the row of an endpoint that was live already."""
        return replace(
            row,
            variant=self.variant,
            control=self.control,
            idle_after=self.idle.after_minutes or 0,
            keep=self.idle.keep,
            image=self.image,
            predicts=self.predicts,
        )

    def begun(self, row: EndpointRow) -> EndpointRow:
        """In the row of one that is live from now on: nothing of what was seen of it before counts any more."""
        return without_baseline(self.known(row))


def without_baseline(row: EndpointRow) -> EndpointRow:
    """Without what was seen of an endpoint that is not there any more, or has changed."""
    return replace(row, last_call=None, knocked_at=None, answered_at=None, not_before=None, announced="")
