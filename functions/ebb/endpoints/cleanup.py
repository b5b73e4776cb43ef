"""What is over goes: the candidate, then configs and models of earlier runs but for the one before the live run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ebb.aws.configs_and_models import remove_runs
from ebb.aws.endpoint_logs import EndpointLog
from ebb.context import Context
from ebb.environment import ConfirmEndpointSettings, FunctionSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.names import run_order

Outcome = dict[str, Any]


def clean_up(context: Context[ConfirmEndpointSettings], row: EndpointRow) -> Outcome:
    """WaitError while SageMaker does not let go of it. Twice, or half and then again, it ends the same way."""
    if row.candidate:
        remove_endpoint(context, row.candidate)
        _end_log(context, row, row.candidate)
        row = context.ledger.write_endpoint(replace(row, candidate=""))
    if not row.needs_cleanup or row.busy or not row.live_run:
        return {}
    gone = remove_old_runs(context, row)
    _end_log(context, row, context.endpoint_name(row.model))
    context.ledger.write_endpoint(replace(row, needs_cleanup=False))
    return {"removed": gone}


def remove_left_over(context: Context[ConfirmEndpointSettings], row: EndpointRow, name: str) -> None:
    """An endpoint that no row knows. One that is gone has been cleared up before."""
    if name and remove_endpoint(context, name):
        _end_log(context, row, name)


def remove_endpoint(context: Context[FunctionSettings], name: str) -> bool:
    """Whether there was anything."""
    state = context.own.find(name)
    if state and state.status != "Deleting":
        context.own.delete(name)
    return state is not None


def remove_old_runs(context: Context[FunctionSettings], row: EndpointRow) -> list[str]:
    """The names of the configs and models that were removed.

    What is newer than the live run is on its way, or was held back, and stays. What is purged goes, too.
    """
    live = run_order(row.live_run)

    def is_old(run: str) -> bool:
        if run == row.live_run:
            return row.purged
        if run == row.previous_run:
            return row.previous_purged
        order = run_order(run)
        return order is not None and live is not None and order < live

    return remove_runs(context.own, context.settings.prefix, row.model, is_old)


def _end_log(context: Context[ConfirmEndpointSettings], row: EndpointRow, name: str) -> None:
    """A candidate that is live by now has told nothing that anybody would look for."""
    log = EndpointLog(context.clients.logs, name)
    if name == row.live_run:
        log.delete()
    else:
        log.keep_for(context.settings.log_retention_days)
