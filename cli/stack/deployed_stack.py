"""The deployed stack that a command works on: its outputs say where everything is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from cli.outcome import CommandError, ExitCode
from ebb.aws.client_errors import message_of
from ebb.aws.clients import Clients, aws

VARIABLE, USUAL = "EBB_STACK", "ebb"
_USUAL_PREFIX = "ebb"  # the template's default


@dataclass(frozen=True)
class DeployedStack:
    name: str
    outputs: Mapping[str, str]
    clients: Clients
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The first word of every name."""
        return self.parameters.get("Prefix", _USUAL_PREFIX)

    def output(self, name: str) -> str:
        """CommandError when the stack has no such output."""
        if name not in self.outputs:
            raise CommandError(
                ExitCode.FAILED,
                f"The stack {self.name} has no output {name}: it is none of Ebb's, not deployed to its end, or older. "
                "Deploy it again, or name another with --stack.",
            )
        return self.outputs[name]


def add_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", metavar="NAME", help=f"the stack; without it: {VARIABLE}, or else {USUAL}")


def deployed_stack(named: str | None, environment: Mapping[str, str] = os.environ) -> DeployedStack:
    name, clients = named or environment.get(VARIABLE) or USUAL, aws()
    cloudformation = clients.session.client("cloudformation")
    try:
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in message_of(error):
            raise
        raise CommandError(
            ExitCode.NOT_FOUND,
            f"There is no stack {name} in {cloudformation.meta.region_name}. "
            f"Name it with --stack or {VARIABLE}, and its region with AWS_DEFAULT_REGION.",
        ) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}
    return DeployedStack(name, outputs, clients, parameters)
