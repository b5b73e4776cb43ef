"""A person's ebb:keep: on the endpoint, where the tear-down reads it, and on its config, which outlives its sleep."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_gone
from ebb.aws.tags import tags_of
from ebb.context import Context
from ebb.deploy_endpoint.create_or_update import own_arn
from ebb.environment import DeployEndpointSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import REFUSED, Request
from ebb.times import parsed

_Context = Context[DeployEndpointSettings]


def keep(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """`true`, `false` or a time. The tear-down looks anew, and forgets the probe that it waits for."""
    until = asked.until
    if until not in ("true", "false") and parsed(until) <= context.now:
        return {"outcome": REFUSED, "reason": f"{until} is over"}
    if not row.live_config:
        return {"outcome": "no such model", "model": row.model}
    endpoint = own_arn(context, "endpoint", context.endpoint_name(row.model))
    config = own_arn(context, "endpoint-config", row.live_config)
    kept = [arn for arn in (endpoint, config) if _tag(context, arn, until)]
    anew = replace(row, knocked_at=None, answered_at=None, not_before=None, due=context.now)
    context.ledger.write_endpoint(anew)
    return {"outcome": "kept" if kept else "nothing to keep", "model": row.model, "until": until, "tagged": kept}


def _tag(context: _Context, arn: str, until: str) -> bool:
    """False when it is not there, or somebody else's."""
    if not context.own.owns(arn):
        return False
    try:
        context.clients.sagemaker.add_tags(ResourceArn=arn, Tags=tags_of({"keep": until}))
    except ClientError as error:
        if not is_gone(error):
            raise
        return False
    return True
