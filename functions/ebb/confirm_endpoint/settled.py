"""A look at a model's endpoint that no change is under way for: whether the row is true, and what is left to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ebb.aws.endpoints import DescribedEndpoint
from ebb.confirm_endpoint.proof import ask_few
from ebb.context import Context
from ebb.endpoints.cleanup import clean_up
from ebb.endpoints.recovery import recover
from ebb.environment import ConfirmEndpointSettings
from ebb.errors import WaitError
from ebb.evaluation.inference import ModelAnswerError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.messaging.consumer import Outcome

FALLING_ASLEEP = dt.timedelta(minutes=10)  # after which what was to be put to sleep, and is there, is awake


def check_settled(context: Context[ConfirmEndpointSettings], row: EndpointRow, name: str, *, cleanup: bool) -> Outcome:
    """WaitError when it is not what the row has, and is to be judged first."""
    if row.falls_asleep and row.wanted and context.now - row.wanted.at < FALLING_ASLEEP:
        return {"outcome": "is being put to sleep", "endpoint": name}
    state = None
    if row.candidate != name and row.state is not State.BROKEN:
        state = context.own.find(name)
        if not _is_true(row, state):  # SageMaker is the truth
            row = recover(context, row)
        if row.busy:
            raise WaitError(f"{name} is not what the ledger had of it")
    outcome: Outcome = {"outcome": "nothing to confirm", "endpoint": name}
    if row.needs_cleanup or row.candidate or cleanup:
        gone = clean_up(context, replace(row, needs_cleanup=True))
        outcome = {"outcome": "cleaned up", "endpoint": name} | gone
    if row.state is State.LIVE and row.control is None and state and state.status == "InService":
        outcome |= _ask_few(context, context.ledger.endpoint(row.model), name)
    return outcome


def _is_true(row: EndpointRow, state: DescribedEndpoint | None) -> bool:
    there = state is not None and state.status != "Deleting"
    same = state is None or state.target == row.live_config or not there
    return there is (row.state is State.LIVE) and same


def _ask_few(context: Context[ConfirmEndpointSettings], row: EndpointRow, name: str) -> Outcome:
    """Of a row that was lost, or is older than the control: without one the tear-down judges nothing."""
    if row.control or row.busy or row.state is not State.LIVE:
        return {}
    try:
        baseline = ask_few(context, row, name)
    except ModelAnswerError as wrong:
        return {"not_asked": str(wrong)}
    context.ledger.write_endpoint(replace(baseline.known(row), due=context.now))
    return {"asked": baseline.control.calls}
