"""A row of the ledger that is lost is made anew from what SageMaker has: configs that were live carry a tag."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoints import DescribedEndpoint
from ebb.aws.tags import LIVE_TAG, STACK_TAG
from ebb.context import Context
from ebb.endpoints.baseline import without_baseline
from ebb.environment import FunctionSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.names import model_of_run, run_of_config
from ebb.times import UNREADABLE


def recover_if_lost(context: Context[FunctionSettings], row: EndpointRow) -> EndpointRow:
    """A row that was read, and perhaps was not there."""
    return row if row.version else recover(context, row)


def recover(context: Context[FunctionSettings], row: EndpointRow) -> EndpointRow:
    """A row that is missing, or not true. Without a call too many when there is nothing of the model yet."""
    configs = configs_of(context.clients.sagemaker, context.settings.prefix, row.model)
    if not configs:
        return row
    live, before = _last_live(context, configs)
    if live != row.live_config:  # what was asked of another config proves nothing of this one
        row = replace(row, variant="", control=None, idle_after=0, keep=False, image="")
    pending = None if row.falls_asleep else row.pending  # it does not sleep
    row = replace(without_baseline(row), live_run=run_of_config(live), live_config=live, wanted=None, pending=pending)
    row = replace(row, needs_cleanup=bool(live), previous_run=before or row.previous_run)
    state = context.own.find(context.endpoint_name(row.model))
    known = _known(row, state, context.settings.prefix, context.now)
    return context.ledger.write_endpoint(known) if known else row


def _known(row: EndpointRow, state: DescribedEndpoint | None, prefix: str, at: dt.datetime) -> EndpointRow | None:
    """What is behind the endpoint is live if it was confirmed once; else it is still to be confirmed."""
    if state is None or state.status == "Deleting":
        return row.settled(State.ASLEEP, at) if row.live_run else None
    if state.target == row.live_config:
        return row.settled(State.LIVE, at)
    if model_of_run(prefix, run_of_config(state.target)) is None:
        return None
    reason = Reason.PROMOTION if row.live_run else Reason.FIRST
    reason = Reason.APPLY if run_of_config(state.target) == row.live_run else reason
    before = State.LIVE if row.live_run else State.NONE
    # What it was last changed at before this change is not known, so it is none of its times.
    return row.wants(Wanted(state.target, reason, at, before, seen_modified=UNREADABLE if row.live_run else None))


def _last_live(context: Context[FunctionSettings], configs: dict[str, str]) -> tuple[str, str]:
    """The config with the latest tag ebb:live, and the run that was live before its run; empty without one."""
    names = [name for _, name in sorted(confirmed_configs(context, configs), reverse=True)] or [""]
    return names[0], next((run for run in map(run_of_config, names) if run != run_of_config(names[0])), "")


def confirmed_configs(context: Context[FunctionSettings], configs: dict[str, str]) -> list[tuple[str, str]]:
    """When each of those was confirmed that ever were, and its name."""
    tagged = []
    for name, arn in configs.items():
        tags = context.own.tags(arn)
        if tags.get(STACK_TAG) == context.settings.stack and LIVE_TAG in tags:
            tagged.append((tags[LIVE_TAG], name))
    return tagged
