"""[idle] and [endpoint] of the newest model.toml, for the run that is live: without training."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import deployment_events
from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.refusals import tell_refusal
from ebb.announcements.training_events import dataset_refused
from ebb.aws.client_errors import is_refused, message_of
from ebb.aws.endpoints import DescribedEndpoint
from ebb.bucket.config_settings import AWAITED
from ebb.bucket.model_toml import VERSION, settings_json
from ebb.bucket.uploads import FOLDER, SETTINGS_NAME
from ebb.context import Context, ask_for_change
from ebb.deploy_endpoint.configs import LaterConfig, NoNameLeftError
from ebb.deploy_endpoint.create_or_update import NoRoomError
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import Request
from ebb.names import ModelName, Upload
from ebb.settings.model_settings import ModelSettings

_NO_FILE = "none"
_Context = Context[DeployEndpointSettings]


def apply(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """[idle] at once; [endpoint] through a config of its own, which is proven as every other one.

    The same request twice, or half and then again, ends the same way. WaitError while a change is under way.
    """
    if not row.live_run:
        return _outcome(row, "nothing is live")
    if row.change:
        raise WaitError(f"{row.change.run} is on its way to the endpoint")
    read = settings_json(context.clients.s3, context.settings, ModelName(row.model))
    if "problems" in read:
        return _refuse(context, row, read)
    settings = ModelSettings.from_json(read)
    applied, later = _apply_idle(context, row, settings), LaterConfig(context, row)
    if settings.endpoint == later.live_settings.endpoint:
        _no_longer_put_off(later)
        return _outcome(row, "nothing to apply" if applied == row else "applied")
    state = _endpoint(context, row) if applied.state is State.LIVE else None
    if state is None:
        later.live.amend(**{AWAITED: read[VERSION] or _NO_FILE})
        return _outcome(row, "applied as soon as it is live", state=row.state)
    return _apply_endpoint(context, applied, later, settings, state.changed)


def _endpoint(context: _Context, row: EndpointRow) -> DescribedEndpoint | None:
    """What was last changed is noted beforehand: a change that is taken back would look like none at all."""
    name = context.endpoint_name(row.model)
    state = context.own.find(name)
    if state and state.status != "InService":
        raise WaitError(f"{name} is {state.status}")
    return state


def _apply_idle(context: _Context, row: EndpointRow, settings: ModelSettings) -> EndpointRow:
    """Kept with the live config, too: it is where the row has them from whenever that goes live again."""
    LaterConfig(context, row).live.amend(idle=asdict(settings.idle))
    applied = replace(row, idle_after=settings.idle.after_minutes or 0, keep=settings.idle.keep)
    return row if applied == row else context.ledger.write_endpoint(replace(applied, due=context.now))


def _apply_endpoint(
    context: _Context, row: EndpointRow, later: LaterConfig, settings: ModelSettings, seen: dt.datetime
) -> Outcome:
    """The config first: what is not there yet cannot be wanted. What is wanted is made so as every other change."""
    try:
        config = later.name(settings.endpoint)
        later.make(config, settings.endpoint, settings.idle)
    except NoRoomError as full:
        if not full.permanent:
            raise WaitError(str(full)) from full
        return _tell_why_not(context, row, str(full))
    except NoNameLeftError as full:
        return _tell_why_not(context, row, f"{full}: upload the data again, and they hold for the new run")
    except ClientError as error:
        if not is_refused(error):
            raise
        return _tell_why_not(context, row, message_of(error))
    _no_longer_put_off(later)
    wanted = Wanted(config, Reason.APPLY, context.now, State.LIVE, seen_modified=seen)
    context.ledger.write_endpoint(row.wants(wanted))
    ask_for_change(context, row.model)
    return _outcome(row, "on its way", config=config, endpoint=asdict(settings.endpoint))


def _no_longer_put_off(later: LaterConfig) -> None:
    if later.is_awaited:
        later.live.amend(**{AWAITED: None})


def _refuse(context: _Context, row: EndpointRow, read: dict[str, Any]) -> Outcome:
    """The file is wrong: told with line and remedy, once for each version of it."""
    key = f"{FOLDER}{row.model}/{SETTINGS_NAME}"
    sentence = f"{key} was refused, and {context.endpoint_name(row.model)} stays as it is. {read['sentence']}"
    said = dataset_refused(row.model, None, sentence, read["problems"], key=key)
    upload = Upload(context.settings.bucket, key, read[VERSION] or _NO_FILE)
    told = tell_refusal(context.outbox, upload, said, read["problems"])
    return _outcome(row, "refused" if told else "already refused", reason=read["sentence"])


def _tell_why_not(context: _Context, row: EndpointRow, reason: str) -> Outcome:
    endpoint = context.endpoint_name(row.model)
    said = deployment_events.rolled_back(
        row.model, row.live_run, endpoint, live_run=row.live_run, reason=reason, by="ebb"
    )
    context.outbox.tell(PendingAnnouncement(said, [], context.now, stage=row.state))
    return _outcome(row, "not possible", reason=reason)


def _outcome(row: EndpointRow, outcome: str, **more: Any) -> Outcome:
    return {"outcome": outcome, "model": row.model, "run": row.live_run or None} | more
