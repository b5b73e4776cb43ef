"""The config that a live endpoint with provisioned concurrency is downgraded to: the same without."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ebb.clients import Clients
from ebb.deploy_endpoint.later_config import LaterConfig
from ebb.endpoint_row import EndpointRow
from ebb.environment import DeployEndpointSettings
from ebb.errors import ConflictError
from ebb.ledger import Ledger, iso


@dataclass(frozen=True)
class Downgrading:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    def make_config(self) -> None:
        """Twice, or half and then again, it ends the same way.

        ConflictError: the row now wants another one, because `<run>-od` is of an earlier downgrade, from other
        settings; or nothing at all, because there is nothing to take away.
        """
        assert self.row.wanted
        later = LaterConfig(self.clients, self.settings, self.row)
        live = later.live_settings
        if not live.endpoint.provisioned_concurrency:
            self._want(self.row.back(iso(self.now), no_downgrade=True), f"{self.row.live_config} is on demand already")
        endpoint = replace(live.endpoint, provisioned_concurrency=0)
        name = later.name(endpoint, self.row.wanted.config)
        if name != self.row.wanted.config:
            self._want(replace(self.row, wanted=replace(self.row.wanted, config=name)), f"it is {name}")
        later.make(name, endpoint, live.idle)

    def _want(self, row: EndpointRow, why: str) -> None:
        Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(row)
        raise ConflictError(f"another config is wanted of {row.model}: {why}")
