"""Makes so what the ledger's row wants of an endpoint; then asks confirm_endpoint to look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import ClientError

from ebb.aws.arns import Kind, arn
from ebb.aws.client_errors import is_already_there, is_gone, is_in_progress, is_passing, wait_for
from ebb.aws.quotas import quota_of
from ebb.aws.tags import KEEP_TAG, tags_of
from ebb.context import Context, ask_to_check
from ebb.endpoints.decisions import Step, next_step
from ebb.environment import DeployEndpointSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.messaging.consumer import Outcome

_CREATED = (Reason.FIRST, Reason.CANDIDATE, Reason.WAKE)
_Context = Context[DeployEndpointSettings]


class NoRoomError(EbbError):
    """A quota of the account is in the way. `permanent`: more than the account may ever have at once."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class ConfigGoneError(EbbError):
    """The config that the endpoint is to be created from was removed."""


def create_or_update(context: _Context, row: EndpointRow, wanted: Wanted) -> Outcome:
    """Running it twice, or half and then again, ends the same way. WaitError while something is in the way.

    `wanted`: the row's. ConfigGoneError when there is nothing to wake from.
    """
    endpoint, is_candidate = context.endpoint_name(row.model), wanted.reason is Reason.CANDIDATE
    if is_candidate and wanted.compare:  # what it is compared with must be awake
        _create(context, row, wanted, endpoint, row.live_config)
    name = wanted.run if is_candidate else endpoint
    # Create first where nothing should be: what is not there cannot be described by its tags.
    if wanted.reason in _CREATED and _create(context, row, wanted, name, wanted.config):
        how = "candidate created" if is_candidate else "created"
    else:
        how = _change(context, row, wanted, name)
    ask_to_check(context, name)
    return {"outcome": how, "run": wanted.run, "endpoint": name, "reason": str(wanted.reason)}


def unless_there(change: Callable[[], object]) -> bool:
    """Whether it was done; False when it is there already: names are the run's, so an earlier attempt made it.

    WaitError for what passes, NoRoomError for a quota.
    """
    try:
        change()
    except ClientError as error:
        if is_already_there(error):
            return False
        if quota := quota_of(error):
            raise NoRoomError(quota.sentence, permanent=quota.permanent) from error
        if is_in_progress(error) or is_passing(error):
            raise wait_for(error) from error
        raise
    return True


def own_arn(context: _Context, kind: Kind, name: str) -> str:
    """Of a resource of ours that nothing which was asked has told: a role's ARN tells account and partition."""
    region = context.clients.session.region_name
    return arn(kind, name, like=context.settings.serving_role_arn, region=region)


def _change(context: _Context, row: EndpointRow, wanted: Wanted, name: str) -> str:
    state = context.own.find(name)
    step = next_step(state, wanted)
    if step is Step.CREATE:
        if _create(context, row, wanted, name, wanted.config):
            return "created"
        raise WaitError(f"{name} has just been created")
    if step is Step.LOOK:
        return "asked for already"
    assert state
    if step is Step.NOTE:
        context.ledger.write_endpoint(replace(row, wanted=replace(wanted, seen_modified=state.changed)))
        step = Step.UPDATE
    if step is Step.UPDATE:
        update = context.clients.sagemaker.update_endpoint
        unless_there(lambda: update(EndpointName=name, EndpointConfigName=wanted.config))
        return "updated"
    if step is Step.DELETE:
        context.own.delete(name)
    raise WaitError(f"{name} is {state.status}")


def _create(context: _Context, row: EndpointRow, wanted: Wanted, name: str, config: str) -> bool:
    """False when there is one by this name already, in whatever state."""
    told = {"stack": context.settings.stack, "model": row.model}
    if name == context.endpoint_name(row.model):
        told |= _kept(context, row.live_config, wanted)
    else:
        told |= {"role": "candidate", "run": wanted.run}
    create, tags = context.clients.sagemaker.create_endpoint, tags_of(told)
    return unless_there(lambda: create(EndpointName=name, EndpointConfigName=config, Tags=tags))


def _kept(context: _Context, live_config: str, wanted: Wanted) -> dict[str, str]:
    """A person's ebb:keep: with the endpoint gone, the config that was live has it."""
    if not live_config:
        return {}
    try:
        tags = context.own.tags(own_arn(context, "endpoint-config", live_config))
    except ClientError as error:
        if not is_gone(error):
            raise
        if live_config == wanted.config:
            raise ConfigGoneError(f"{live_config} is gone") from error
        return {}
    return {"keep": tags[KEEP_TAG]} if KEEP_TAG in tags else {}
