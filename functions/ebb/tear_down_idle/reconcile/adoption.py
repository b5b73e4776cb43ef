"""Somebody's own serverless endpoint, put into our care by the tag ebb:idle-after, gets a row in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ebb.aws.tags import IDLE_AFTER_TAG
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.names import ADOPTED
from ebb.tear_down_idle.reconcile.inventory import SeenEndpoint
from ebb.tear_down_idle.verdict.idle_rules import minutes_of


def adopt(
    ledger: Ledger, adopted: Iterable[SeenEndpoint], rows: Mapping[str, EndpointRow], now: dt.datetime
) -> Iterator[EndpointRow]:
    """The rows to write: of those that are new, or serve another config than before. Both are as young as this.

    What the tag asks for stands in the row, by which the next look is planned.
    """
    for seen in adopted:
        model = f"{ADOPTED}{seen.name}"
        row = rows.get(model) or ledger.endpoint(model)
        minutes = minutes_of(seen.tags.get(IDLE_AFTER_TAG, "")) or 0
        if row.falls_asleep:
            continue
        if row.state is not State.LIVE or row.live_config != seen.config:
            config, variant = seen.config, _variant(seen)
            fresh = EndpointRow(model, row.version, live_config=config, variant=variant, idle_after=minutes)
            yield fresh.settled(State.LIVE, now)
        elif row.idle_after != minutes:
            yield replace(row, idle_after=minutes, not_before=None, due=now)
        elif not row.due:
            yield replace(row, due=now)


def _variant(seen: SeenEndpoint) -> str:
    return seen.variants[0] if len(seen.variants) == 1 else ""
