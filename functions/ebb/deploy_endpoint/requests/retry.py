"""A person asks to try a run again that was held back or taken back, or whose endpoint could not be woken."""

from __future__ import annotations

from dataclasses import replace

from ebb.context import Context
from ebb.deploy_endpoint.requests.wake import wake
from ebb.deploy_endpoint.trained_run import take_up
from ebb.environment import DeployEndpointSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason, State
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import WAKE, Request
from ebb.names import model_of_run


def retry(context: Context[DeployEndpointSettings], row: EndpointRow, asked: Request) -> Outcome:
    if model_of_run(context.settings.prefix, asked.run) != asked.model:
        return {"outcome": "not ours", "job": asked.run}
    if row.state is State.BROKEN and row.wanted and row.wanted.reason is Reason.WAKE and row.live_run == asked.run:
        return wake(context, row, replace(asked, kind=WAKE))
    return take_up(context, asked.model, asked.run, again=True)
