"""[idle] and [endpoint] of the newest model.toml, for the run that is live: without training."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events
from ebb.announcements.announcement import Announcement
from ebb.announcements.latest import Latest
from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.refusals import Refusals
from ebb.aws.client_errors import is_refused, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointState, OwnEndpoints
from ebb.bucket.config_settings import AWAITED
from ebb.bucket.model_toml import VERSION, settings_json
from ebb.bucket.uploads import FOLDER, SETTINGS_NAME
from ebb.deploy_endpoint.configs import LaterConfig, NoNameLeftError
from ebb.deploy_endpoint.create_or_update import NoRoomError
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, Upload, endpoint_name
from ebb.settings.model_settings import ModelSettings
from ebb.times import iso

Outcome = dict[str, Any]
_NO_FILE = "none"


@dataclass(frozen=True)
class Applying:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    def apply(self) -> Outcome:
        """[idle] at once; [endpoint] through a config of its own, which is proven as every other one.

        The same request twice, or half and then again, ends the same way. WaitError while a change is under way.
        """
        if not self.row.live_run:
            return self._outcome("nothing is live")
        if self.row.busy and self.row.wanted:
            raise WaitError(f"{self.row.wanted.run} is on its way to the endpoint")
        read = settings_json(self.clients.s3, self.settings, ModelName(self.row.model))
        if "problems" in read:
            return self._refuse(read)
        asked = ModelSettings.from_json(read)
        row, later = self._apply_idle(asked), LaterConfig(self.clients, self.settings, self.row)
        if asked.endpoint == later.live_settings.endpoint:
            self._no_longer_put_off(later)
            return self._outcome("nothing to apply" if row == self.row else "applied")
        state = self._endpoint() if row.state is State.LIVE else None
        if state is None:
            later.live.amend(**{AWAITED: read[VERSION] or _NO_FILE})
            return self._outcome("applied as soon as it is live", state=row.state)
        return self._apply_endpoint(row, later, asked, state.changed)

    def _endpoint(self) -> EndpointState | None:
        """What was last changed is noted beforehand: a change that is taken back would look like none at all."""
        name = endpoint_name(self.settings.prefix, ModelName(self.row.model))
        state = OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(name)
        if state and state.status != "InService":
            raise WaitError(f"{name} is {state.status}")
        return state

    def _apply_idle(self, asked: ModelSettings) -> EndpointRow:
        """Kept with the live config, too: it is where the row has them from whenever that goes live again."""
        LaterConfig(self.clients, self.settings, self.row).live.amend(idle=asdict(asked.idle))
        row = replace(self.row, idle_after=asked.idle.after_minutes or 0, keep=asked.idle.keep)
        return row if row == self.row else self.ledger.write_endpoint(replace(row, due=iso(self.now)))

    def _apply_endpoint(self, row: EndpointRow, later: LaterConfig, asked: ModelSettings, seen: str) -> Outcome:
        """The config first: what is not there yet cannot be wanted. What is wanted is made so as every other change."""
        try:
            config = later.name(asked.endpoint)
            later.make(config, asked.endpoint, asked.idle)
        except NoRoomError as full:
            if not full.permanent:
                raise WaitError(str(full)) from full
            return self._tell_why_not(str(full))
        except NoNameLeftError as full:
            return self._tell_why_not(f"{full}: upload the data again, and they hold for the new run")
        except ClientError as error:
            if not is_refused(error):
                raise
            return self._tell_why_not(message_of(error))
        self._no_longer_put_off(later)
        wanted = Wanted(config, Reason.APPLY, iso(self.now), State.LIVE, seen=seen)
        self.ledger.write_endpoint(row.wants(wanted))
        change = messages.change(self.settings.stack, row.model)
        Letterbox(self.clients.sqs, self.settings.deploy_queue_url).send(change)
        return self._outcome("on its way", config=config, endpoint=asdict(asked.endpoint))

    def _no_longer_put_off(self, later: LaterConfig) -> None:
        if later.is_awaited:
            later.live.amend(**{AWAITED: None})

    def _refuse(self, read: dict[str, Any]) -> Outcome:
        """The file is wrong: told with line and remedy, once for each version of it."""
        row, endpoint = self.row, endpoint_name(self.settings.prefix, ModelName(self.row.model))
        key = f"{FOLDER}{row.model}/{SETTINGS_NAME}"
        sentence = f"{key} was refused, and {endpoint} stays as it is. {read['sentence']}"
        said = Announcement("DatasetRefused", row.model, None, sentence, {"problems": read["problems"], "key": key})
        latest = Latest(row.model, None, "refused", sentence, endpoint, read["problems"])
        upload = Upload(self.settings.bucket, key, read[VERSION] or _NO_FILE)
        told = Refusals(self.clients, self.settings, self.now).tell(upload, said, latest)
        return self._outcome("refused" if told else "already refused", reason=read["sentence"])

    def _tell_why_not(self, reason: str) -> Outcome:
        row, endpoint = self.row, endpoint_name(self.settings.prefix, ModelName(self.row.model))
        said = deployment_events.rolled_back(
            row.model, row.live_run, endpoint, live_run=row.live_run, reason=reason, by="ebb"
        )
        Voice(self.clients, self.settings, self.now).say(Saying(said, [], iso(self.now), stage=row.state))
        return self._outcome("not possible", reason=reason)

    def _outcome(self, outcome: str, **more: Any) -> Outcome:
        return {"outcome": outcome, "model": self.row.model, "run": self.row.live_run or None} | more

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)
