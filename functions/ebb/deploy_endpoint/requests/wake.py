"""Wakes an endpoint that sleeps: from the config that was kept, in one call; for predict, people and schedules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject, waking
from ebb.aws.clients import Clients
from ebb.aws.endpoints import OwnEndpoints
from ebb.deploy_endpoint.change import Changing
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.messaging.requests import RequestMade
from ebb.names import ModelName, endpoint_name
from ebb.times import iso

_NOT_THERE = ("Deleting", "Failed")


@dataclass(frozen=True)
class Waking:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow
    asked: RequestMade

    def wake(self) -> Outcome:
        """Twice at once, while it is being torn down, or for a model that never was: each ends right."""
        row = self.row
        if row.busy and row.wanted:
            return self._meanwhile(row.wanted)
        if row.state is State.BROKEN and row.wanted:
            return self._again(row.wanted)
        if not row.live_config:
            return {"outcome": "no such model", "model": row.model}
        if row.state is State.LIVE and self._is_there():
            return {"outcome": "already awake", "endpoint": self._endpoint}
        return self._begin(Wanted(row.live_config, Reason.WAKE, iso(self.now), State.ASLEEP))

    def _meanwhile(self, wanted: Wanted) -> Outcome:
        """A change is under way, which mostly ends with an endpoint that is awake."""
        if wanted.reason is Reason.WAKE:
            if self.row.hindrance and self.asked.at > wanted.at:  # whoever asked first waits for it
                return {"outcome": "already waking", "endpoint": self._endpoint, "reason": self.row.hindrance}
            return self._changing.go_on(self.row)
        if wanted.before in (State.ASLEEP, State.BROKEN):
            raise WaitError(f"{wanted.run} is on its way to the endpoint, which may be as before afterwards")
        return {"outcome": "on its way", "endpoint": self._endpoint, "reason": str(wanted.reason)}

    def _again(self, wanted: Wanted) -> Outcome:
        """What was asked for before it was broken has been tried already; within the same second nobody can tell."""
        if self.asked.at and self.asked.at < self.row.since:
            return {"outcome": "already tried", "endpoint": self._endpoint}
        again = replace(wanted, at=iso(self.now), attempt=wanted.attempt + 1, seen="")
        if wanted.reason is Reason.WAKE:
            return self._begin(again)
        row = Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(self.row.wants(again))
        if not again.is_new:
            return self._changing.go_on(row)
        change = messages.change(self.settings.stack, row.model)
        Letterbox(self.clients.sqs, self.settings.deploy_queue_url).send(change)
        return {"outcome": "tried again", "run": again.run, "endpoint": self._endpoint}

    def _begin(self, wanted: Wanted) -> Outcome:
        """What is still to be said of its sleep is overtaken: it is said to wake instead."""
        row = self.row
        said = waking(
            Subject(row.model, wanted.run, self._endpoint, wanted.config),
            since_asleep=row.since if row.state is State.ASLEEP else None,
            by=self.asked.by,
            rebuilt=row.purged,
        )
        unsaid = Saying(said, [], wanted.at, "waking").as_json()
        voice = Voice(self.clients, self.settings, self.now)
        return self._changing.go_on(voice.write(replace(row.wants(wanted, State.WAKING), unsaid=unsaid)))

    def _is_there(self) -> bool:
        state = OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(self._endpoint)
        return state is not None and state.status not in _NOT_THERE

    @property
    def _changing(self) -> Changing:
        return Changing(self.clients, self.settings, self.now)

    @property
    def _endpoint(self) -> str:
        return endpoint_name(self.settings.prefix, ModelName(self.row.model))
