"""A person goes back to the run that was live before: the same way in for it as for any other, smoke test included."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import LIVE_TAG, STACK_TAG
from ebb.deploy_endpoint.change import Changing
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging.requests import RequestMade
from ebb.names import run_of_config
from ebb.times import iso


@dataclass(frozen=True)
class Returning:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow
    asked: RequestMade

    def go_back(self) -> Outcome:
        """The run that is left takes the other's place, so that the same request goes there and back."""
        row, changing = self.row, Changing(self.clients, self.settings, self.now)
        if row.busy and row.wanted:
            if row.wanted.reason is Reason.RETURN:
                return changing.go_on(row)
            raise WaitError(f"{row.wanted.run} is on its way to the endpoint")
        if not row.live_run or not row.previous_run:
            return {"outcome": "nothing to go back to", "model": row.model, "run": row.live_run}
        if self.asked.at and self.asked.at < row.superseded_at:
            # It meant the run that was live then: so the same request twice does not lead back to where it began.
            return {"outcome": "out of date", "run": row.live_run, "reason": f"live since {row.superseded_at}"}
        wanted = Wanted(self._config(), Reason.RETURN, iso(self.now), row.state)
        return changing.go_on(
            Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(row.wants(wanted))
        )

    def _config(self) -> str:
        """The one with which it was live last; its first one, where all were removed."""
        run, own = self.row.previous_run, OwnEndpoints(self.clients.sagemaker, self.settings.stack)
        live = []
        for name, arn in configs_of(self.clients.sagemaker, self.settings.prefix, self.row.model).items():
            tags = own.tags(arn) if run_of_config(name) == run else {}
            if tags.get(STACK_TAG) == self.settings.stack and LIVE_TAG in tags:
                live.append((tags[LIVE_TAG], name))
        return max(live)[1] if live else run
