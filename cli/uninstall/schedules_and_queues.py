"""What moves a stack: its schedules and the queues that its functions read.

Both are switched off before a removal, and on again when that is taken back. A schedule would go on judging endpoints
that are being deleted, and a message that still lies in a queue would make deploy_endpoint create one again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from cli.stack.deployed_stack import DeployedStack
from cli.uninstall.removal import Removal

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

_SCHEDULE, _EVENT_SOURCE = "AWS::Scheduler::Schedule", "AWS::Lambda::EventSourceMapping"
_DEFINITION = (
    "Name",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "EndDate",
    "Description",
    "FlexibleTimeWindow",
    "Target",
    "KmsKeyArn",
    "ActionAfterCompletion",
)


def switch_off(stack: DeployedStack, removal: Removal) -> None:
    found = removal.find("stack", partial(_resources, stack)) or []
    scheduler, functions = stack.clients.session.client("scheduler"), stack.clients.session.client("lambda")
    for logical, physical in _of_type(_SCHEDULE, found):
        removal.do("schedule", logical, "disabled", partial(_set_schedule, scheduler, physical, "DISABLED"))
    for logical, physical in _of_type(_EVENT_SOURCE, found):
        removal.do("event source", logical, "disabled", partial(_disable_source, functions, physical))


def switch_on(stack: DeployedStack, removal: Removal) -> None:
    """The queues first: what the schedule sends, somebody is to read."""
    found = removal.find("stack", partial(_resources, stack)) or []
    scheduler, functions = stack.clients.session.client("scheduler"), stack.clients.session.client("lambda")
    for logical, physical in _of_type(_EVENT_SOURCE, found):
        removal.do("event source", logical, "enabled", partial(_enable_source, functions, physical))
    for logical, physical in _of_type(_SCHEDULE, found):
        removal.do("schedule", logical, "enabled", partial(_set_schedule, scheduler, physical, "ENABLED"))


def _of_type(wanted: str, found: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return sorted((logical, physical) for kind, logical, physical in found if kind == wanted)


def _resources(stack: DeployedStack) -> list[tuple[str, str, str]]:
    """Type, logical and physical id."""
    pages: Iterable[Any] = (
        stack.clients.session.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=stack.name)
    )
    return [
        (found["ResourceType"], found["LogicalResourceId"], found.get("PhysicalResourceId", ""))
        for page in pages
        for found in page["StackResourceSummaries"]
        if found.get("PhysicalResourceId") and found["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _set_schedule(scheduler: EventBridgeSchedulerClient, name: str, state: Literal["ENABLED", "DISABLED"]) -> None:
    """An update replaces the whole definition: it is given again as it is."""
    known: dict[str, Any] = dict(scheduler.get_schedule(Name=name))
    if known["State"] != state:
        scheduler.update_schedule(**{part: known[part] for part in _DEFINITION if part in known}, State=state)


def _disable_source(functions: LambdaClient, uuid: str) -> None:
    if functions.get_event_source_mapping(UUID=uuid)["State"] not in ("Disabled", "Disabling"):
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)


def _enable_source(functions: LambdaClient, uuid: str) -> None:
    if functions.get_event_source_mapping(UUID=uuid)["State"] not in ("Enabled", "Enabling"):
        functions.update_event_source_mapping(UUID=uuid, Enabled=True)
