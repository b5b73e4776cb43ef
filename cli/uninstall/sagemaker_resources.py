"""What a stack has in SageMaker: by the tag ebb:stack, never by the name alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.stack.polling import Patience
from cli.uninstall.removal import Done, Removal
from ebb.aws.client_errors import is_gone, is_in_progress
from ebb.aws.endpoints import OwnEndpoints
from ebb.aws.tags import STACK_TAG

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
_LISTS = {
    "Endpoint": ("list_endpoints", "Endpoints", "endpoint"),
    "EndpointConfig": ("list_endpoint_configs", "EndpointConfigs", "endpoint config"),
    "Model": ("list_models", "Models", "model"),
    "TrainingJob": ("list_training_jobs", "TrainingJobSummaries", "training job"),
}


@dataclass
class SageMakerResources:
    """`prefixes`: today's first. `foreign`: endpoints with one of them that are somebody else's."""

    sagemaker: SageMakerClient
    stack: str
    prefixes: tuple[str, ...]
    removal: Removal
    foreign: set[str] = field(default_factory=set)
    _known: dict[Any, bool] = field(default_factory=dict)

    def stop_jobs(self) -> None:
        for name in self._own("TrainingJob", StatusEquals="InProgress") or {}:
            stop = partial(self.sagemaker.stop_training_job, TrainingJobName=name)
            self.removal.do("training job", name, "stopped", stop)

    def delete_endpoints(self, patience: Patience) -> None:
        """And wait until they are gone: SageMaker needs the stack's roles for it."""
        begun: set[str] = set()
        over: set[str] = set()  # only planned, or failed
        left: dict[str, Any] = {}
        for gone in patience.rounds():
            found = self._own("Endpoint")
            if found is None:
                return
            left = found
            for name in begun - left.keys():
                self.removal.note("endpoint", name, "deleted", Done.DONE)
            begun &= left.keys()
            for name in left.keys() - over:  # also one that somebody has created again
                self._delete(name, left[name]["EndpointStatus"], begun, over)
            if not left.keys() - over:
                return
            self.removal.show(f"not gone after {gone:.0f} of {patience.seconds:.0f} s: {', '.join(left)}")
        for name in left.keys() - over:
            why = f"it is still {left[name]['EndpointStatus']}"
            self.removal.note("endpoint", name, "deleted", Done.WAITING, why)

    def delete_definitions(self) -> None:
        for name in self._own("EndpointConfig") or {}:
            delete = partial(self.sagemaker.delete_endpoint_config, EndpointConfigName=name)
            self.removal.do("endpoint config", name, "deleted", delete)
        for name in self._own("Model") or {}:
            self.removal.do("model", name, "deleted", partial(self.sagemaker.delete_model, ModelName=name))

    def _delete(self, name: str, status: str, begun: set[str], over: set[str]) -> None:
        """What is being changed can be deleted when that has ended."""
        if status == "Deleting" and not self.removal.dry:
            begun.add(name)
        elif self.removal.dry or status not in _CHANGING:
            changing = False

            def delete() -> None:
                nonlocal changing
                try:
                    self.sagemaker.delete_endpoint(EndpointName=name)
                except ClientError as error:
                    changing = is_in_progress(error)
                    if not changing:
                        raise

            if not self.removal.attempt("endpoint", name, "deleted", delete):
                over.add(name)
            elif not changing:
                begun.add(name)

    def _own(self, kind: str, **asked: str) -> dict[str, Any] | None:
        """By name; None when nobody knows. What carries our prefix and not our tag is named, and left."""
        operation, member, noun = _LISTS[kind]
        listed = self.removal.find(noun, lambda: list(self._listed(operation, member, asked)))
        if listed is None:
            return None
        named = {one[f"{kind}Name"]: one for one in listed}
        return {
            name: one
            for name, one in named.items()
            if name.partition("-")[0] in self.prefixes
            and self._is_own(noun, name, one[f"{kind}Arn"], one["CreationTime"])
        }

    def _listed(self, operation: Any, member: str, asked: dict[str, str]) -> Iterator[Any]:
        for prefix in self.prefixes:
            pages: Iterable[Any] = self.sagemaker.get_paginator(operation).paginate(
                NameContains=f"{prefix}-", PaginationConfig={"PageSize": 100}, **asked
            )
            for page in pages:
                yield from page[member]

    def _is_own(self, noun: str, name: str, arn: str, created: Any) -> bool:
        """Asked once: an endpoint is looked at again and again until it is gone."""
        if (arn, created) not in self._known:
            tags = self.removal.find(f"tags of {noun}", partial(self._tags, arn))
            self._known[arn, created] = tags is not None and tags.get(STACK_TAG) == self.stack
            if tags is not None and not self._known[arn, created]:
                whose = f"carries {STACK_TAG}={tags[STACK_TAG]}" if STACK_TAG in tags else f"has no tag {STACK_TAG}"
                self.removal.note(noun, name, "deleted", Done.LEFT, f"it is not this stack's: it {whose}")
            if noun == "endpoint" and not self._known[arn, created]:
                self.foreign.add(name)
        return self._known[arn, created]

    def _tags(self, arn: str) -> dict[str, str]:
        """Of what has gone since it was listed: as if it were ours, and deleted."""
        try:
            return OwnEndpoints(self.sagemaker, self.stack).tags(arn)
        except ClientError as error:
            if is_gone(error):
                return {STACK_TAG: self.stack}
            raise
