"""A person goes back to the run that was live before: the same way in for it as for any other, smoke test included."""

from __future__ import annotations

from ebb.aws.configs_and_models import configs_of
from ebb.context import Context
from ebb.deploy_endpoint.change import go_on
from ebb.endpoints.recovery import confirmed_configs
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import Request
from ebb.names import run_of_config
from ebb.times import iso

_Context = Context[DeployEndpointSettings]


def roll_back(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """The run that is left takes the other's place, so that the same request goes there and back."""
    if row.change:
        if row.change.reason is Reason.RETURN:
            return go_on(context, row)
        raise WaitError(f"{row.change.run} is on its way to the endpoint")
    if not row.live_run or not row.previous_run:
        return {"outcome": "nothing to go back to", "model": row.model, "run": row.live_run}
    if asked.at and row.superseded_at and asked.at < row.superseded_at:
        # It meant the run that was live then: so the same request twice does not lead back to where it began.
        return {"outcome": "out of date", "run": row.live_run, "reason": f"live since {iso(row.superseded_at)}"}
    wanted = Wanted(_config(context, row), Reason.RETURN, context.now, row.state)
    return go_on(context, context.ledger.write_endpoint(row.wants(wanted)))


def _config(context: _Context, row: EndpointRow) -> str:
    """The one with which it was live last; its first one, where all were removed."""
    there = configs_of(context.clients.sagemaker, context.settings.prefix, row.model)
    its = {name: arn for name, arn in there.items() if run_of_config(name) == row.previous_run}
    return max(confirmed_configs(context, its), default=("", row.previous_run))[1]
