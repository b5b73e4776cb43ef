"""A person's ebb:keep: on the endpoint, where the tear-down reads it, and on its config, which outlives its sleep."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from ebb.aws.arns import ResourceArns
from ebb.aws.client_errors import is_gone
from ebb.aws.clients import Clients
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import STACK_TAG, tags_of
from ebb.deploy_endpoint.create_or_update import Outcome
from ebb.environment import DeployEndpointSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name
from ebb.times import iso


@dataclass(frozen=True)
class Keeping:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime
    row: EndpointRow

    def keep(self, until: str) -> Outcome:
        """`true`, `false` or a time. The tear-down looks anew, and forgets the knock that it waits for."""
        row = self.row
        if until not in ("true", "false") and until <= iso(self.now):
            return {"outcome": "refused request", "reason": f"Keep of {row.model} until {until}: that is over"}
        if not row.live_config:
            return {"outcome": "no such model", "model": row.model}
        kept = [arn for arn in self._arns() if self._tag(arn, until)]
        anew = replace(row, knocked_at="", answered_at="", put_off="", due=iso(self.now))
        Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(anew)
        return {"outcome": "kept" if kept else "nothing to keep", "model": row.model, "until": until, "tagged": kept}

    def _arns(self) -> list[str]:
        endpoint = endpoint_name(self.settings.prefix, ModelName(self.row.model))
        arns = ResourceArns(self.clients, self.settings.serving_role_arn)
        return [arns.of("endpoint", endpoint), arns.of("endpoint-config", self.row.live_config)]

    def _tag(self, arn: str, until: str) -> bool:
        """False when it is not there, or somebody else's."""
        try:
            if (
                OwnEndpoints(self.clients.sagemaker, self.settings.stack).tags(arn).get(STACK_TAG)
                != self.settings.stack
            ):
                return False
            self.clients.sagemaker.add_tags(ResourceArn=arn, Tags=tags_of({"keep": until}))
        except ClientError as error:
            if not is_gone(error):
                raise
            return False
        return True
