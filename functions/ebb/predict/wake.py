"""An endpoint that is not awake: deploy_endpoint is asked to wake it, and the caller may hold on until it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_denied, is_gone
from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.messaging.requests import WAKE, put_request
from ebb.names import request_bus
from ebb.predict.errors import ErrorCode, RequestError
from ebb.times import Clock

ASKED_AGAIN = dt.timedelta(seconds=60)
LOOK_SECONDS = 3.0
_PASSING = (ErrorCode.THROTTLED, ErrorCode.SWITCHING, ErrorCode.UNAVAILABLE)
_ANSWERING = ("InService", "Updating", "SystemUpdating", "RollingBack")  # by the config from before a change


@dataclass(frozen=True)
class Hold:
    """How long a caller holds on, from the moment that he asked."""

    clock: Clock
    wait: int
    since: float

    @classmethod
    def begin(cls, clock: Clock, wait: int) -> Self:
        return cls(clock, wait, clock.seconds())

    def pause(self, row: EndpointRow) -> None:
        """Until it is worth looking again; RequestError when the caller waits no longer."""
        left = self.since + self.wait - self.clock.seconds()
        if left <= 0:
            raise self._given_up(row)
        self.clock.sleep(min(LOOK_SECONDS, left))

    def pause_after(self, error: RequestError) -> None:
        """After what passes by itself, such as the calls that prove what has just woken; else the error."""
        left = self.since + self.wait - self.clock.seconds()
        if error.code not in _PASSING or left <= 0:
            raise error
        self.clock.sleep(min(LOOK_SECONDS, left))

    def _given_up(self, row: EndpointRow) -> RequestError:
        because = f" {row.blocked_by}" if row.blocked_by else ""
        if self.wait:
            problem = f"{row.model} is still not awake after {self.wait} seconds.{because} Ask again in a minute."
            return RequestError(ErrorCode.STILL_ASLEEP, problem)
        code = ErrorCode.NO_SLOT if row.blocked_by else ErrorCode.WAKING
        problem = f"{row.model} is being woken.{because} Ask again in a minute, or hold on with Prefer: wait=120."
        return RequestError(code, problem)


def ask_to_wake(context: Context[PredictSettings], model: str, now: dt.datetime) -> None:
    """Once a minute, however many callers there are."""
    if context.ledger.ask_once(model, WAKE, now, ASKED_AGAIN):
        bus = request_bus(context.settings.prefix)
        put_request(context.clients.events, bus, context.settings.stack, WAKE, model, by="predict")


def served_config(context: Context[PredictSettings], model: str) -> str:
    """The config that the model's endpoint answers with; "" while it does not, or is not there.

    What is not there has no tags, so AWS answers that looking at it is forbidden.
    """
    try:
        found = context.clients.sagemaker.describe_endpoint(EndpointName=context.endpoint_name(model))
    except ClientError as error:
        if is_gone(error) or is_denied(error):
            return ""
        raise
    return found["EndpointConfigName"] if found["EndpointStatus"] in _ANSWERING else ""
