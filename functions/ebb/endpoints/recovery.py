"""A row of the ledger that is lost is made anew from what SageMaker has: configs that were live carry a tag."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoints import EndpointState, OwnEndpoints
from ebb.aws.tags import LIVE_TAG, STACK_TAG
from ebb.endpoints.baseline import unwatched
from ebb.environment import FunctionSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name, model_of_run, run_of_config
from ebb.times import iso


@dataclass(frozen=True)
class Healing:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    def heal(self, row: EndpointRow) -> EndpointRow:
        """A row that is missing, or not true. Without a call too many when there is nothing of the model yet."""
        configs = configs_of(self.clients.sagemaker, self.settings.prefix, row.model)
        if not configs:
            return row
        live, before = self._last_live(configs)
        if live != row.live_config:  # what was asked of another config proves nothing of this one
            row = replace(row, variant="", control=None, idle_after=0, keep=False)
        unsaid = None if row.falls_asleep else row.unsaid  # it does not sleep
        row = replace(unwatched(row), live_run=run_of_config(live), live_config=live, wanted=None, untidy=bool(live))
        row = replace(row, unsaid=unsaid)
        row = replace(row, previous_run=before or row.previous_run)
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        known = self._known(row, OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(name))
        return Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(known) if known else row

    def _known(self, row: EndpointRow, state: EndpointState | None) -> EndpointRow | None:
        """What is behind the endpoint is live if it was confirmed once; else it is still to be confirmed."""
        at = iso(self.now)
        if state is None or state.status == "Deleting":
            return row.settled(State.ASLEEP, at) if row.live_run else None
        if state.target == row.live_config:
            return row.settled(State.LIVE, at)
        if model_of_run(self.settings.prefix, run_of_config(state.target)) is None:
            return None
        reason = Reason.PROMOTION if row.live_run else Reason.FIRST
        reason = Reason.APPLY if run_of_config(state.target) == row.live_run else reason
        before = State.LIVE if row.live_run else State.NONE
        return row.wants(Wanted(state.target, reason, at, before, seen="unknown" if row.live_run else ""))

    def _last_live(self, configs: dict[str, str]) -> tuple[str, str]:
        """The config with the latest tag ebb:live, and the run that was live before its run; empty without one."""
        own, tagged = OwnEndpoints(self.clients.sagemaker, self.settings.stack), []
        for name, arn in configs.items():
            tags = own.tags(arn)
            if tags.get(STACK_TAG) == self.settings.stack and LIVE_TAG in tags:
                tagged.append((tags[LIVE_TAG], name))
        names = [name for _, name in sorted(tagged, reverse=True)] or [""]
        return names[0], next((run for run in map(run_of_config, names) if run != run_of_config(names[0])), "")
