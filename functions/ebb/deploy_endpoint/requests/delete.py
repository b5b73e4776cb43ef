"""A person wants a model gone: endpoints, configs, models and their logs. What it takes to deploy it again stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ebb.announcements.latest import Latest
from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject, purged
from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import Removing, configs_of, models_of
from ebb.aws.endpoint_logs import EndpointLog
from ebb.aws.endpoints import ForeignEndpointError, OwnEndpoints
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.deploy_endpoint.trained_run import DECIDED
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import ON_ITS_WAY, Ledger
from ebb.messaging.requests import RequestMade
from ebb.names import ModelName, RunId, endpoint_name, model_of_endpoint, run_folder, run_of_config, run_order
from ebb.times import iso

_TIME_OF_RUN = "%y%m%d%H%M%S"


@dataclass(frozen=True)
class Deleting:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow
    asked: RequestMade

    def delete(self) -> Outcome:
        """The ledger first, so that nothing brings it back. WaitError while SageMaker does not let go of it."""
        if self._is_out_of_date():
            return {"outcome": "out of date", "model": self.model, "reason": f"{self.row.live_run} is newer"}
        row = self._forget()
        if going := [name for name in self._endpoints() if self._is_still_there(name)]:
            raise WaitError(f"{', '.join(going)} to be gone")
        row = self._note_what_goes(row)
        if row.unsaid is None:
            return {"outcome": "nothing to delete", "model": self.model}
        for endpoint in (self.endpoint, *sorted({run_of_config(name) for name in self._resources()})):
            EndpointLog(self.clients.logs, endpoint).delete()
        removed = Removing(self.clients, self.settings, self.model).remove(lambda _run: True)
        Voice(self.clients, self.settings, self.now).say(Saying.from_json(row.unsaid))
        self._ledger.write_endpoint(replace(row, unsaid=None))
        return {"outcome": "deleted", "model": self.model, "removed": removed}

    def _is_out_of_date(self) -> bool:
        """What was uploaded after the request is not what was meant."""
        order, asked = self.row.live_order, self._asked_at
        return order is not None and bool(asked) and order.uploaded > asked

    def _forget(self) -> EndpointRow:
        """What is on its way ends here: a job that is still running is let end, and is not deployed."""
        row = self.row
        for run in self._on_their_way():
            reason = "the model was deleted"
            sentence = f"{run} is not deployed: {reason} while it was on its way."
            latest = Latest(self.model, run, "deleted", sentence, self.endpoint)
            latest.write(self.clients.s3, self.settings.bucket, self.now)
            self._ledger.record_run(self.model, run, "superseded", self.now, unless=DECIDED, reason=reason)
        if row.state is State.NONE and row.wanted is None and not row.live_run:
            return row
        return self._ledger.write_endpoint(EndpointRow(self.model, row.version, State.NONE, iso(self.now)))

    def _on_their_way(self) -> list[str]:
        """Uploads that are being checked, trained or deployed; not what was uploaded after the request."""
        runs = {run for run, row in self._ledger.runs(self.model) if row.get("stage") in ON_ITS_WAY}
        if self.row.busy and self.row.wanted and self.row.wanted.is_new:
            runs.add(self.row.wanted.run)  # its own row may have been lost
        orders, asked = {run: run_order(run) for run in sorted(runs)}, self._asked_at
        return [run for run, order in orders.items() if order and not (asked and order.uploaded > asked)]

    def _endpoints(self) -> Iterator[str]:
        """The model's own, and candidates."""
        for name, _ in self._own.listed(self.endpoint):
            if model_of_endpoint(self.settings.prefix, name) == self.model:
                yield name

    def _is_still_there(self, name: str) -> bool:
        try:
            state = self._own.find(name)
        except ForeignEndpointError:
            return False
        if state and state.status != "Deleting":
            self._own.delete(name)
        return state is not None

    def _resources(self) -> set[str]:
        named = (self.clients.sagemaker, self.settings.prefix, self.model)
        return set(configs_of(*named)) | set(models_of(*named))

    def _note_what_goes(self, row: EndpointRow) -> EndpointRow:
        """To be said as soon as it is done, whoever does it."""
        resources = sorted(self._resources(), key=lambda name: (str(run_order(name)), name))
        if not resources:
            return row
        run = RunId(run_of_config(resources[-1]))
        said = purged(
            Subject(self.model, run, self.endpoint, ""),
            removed=resources,
            artifact=f"s3://{self.settings.bucket}/{run_folder(self.model, run)}output/model.tar.gz",
            asleep_since=None,
            by="request",
        )
        unsaid = Saying(said, [], iso(self.now), "deleted").as_json()
        return self._ledger.write_endpoint(replace(row, unsaid=unsaid))

    @property
    def model(self) -> ModelName:
        return ModelName(self.row.model)

    @property
    def endpoint(self) -> str:
        return endpoint_name(self.settings.prefix, self.model)

    @property
    def _asked_at(self) -> str:
        """As a run's name has the time of its upload; empty where it is not known."""
        return dt.datetime.fromisoformat(self.asked.at).strftime(_TIME_OF_RUN) if self.asked.at else ""

    @property
    def _own(self) -> OwnEndpoints:
        return OwnEndpoints(self.clients.sagemaker, self.settings.stack)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)
