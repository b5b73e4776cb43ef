"""Reads template.yaml: `!Ref x` becomes {"Ref": "x"}, `!GetAtt a.b` {"Fn::GetAtt": "a.b"}, `!Sub` likewise."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short forms."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def read(text: str) -> Json:
    return dict(yaml.load(text, Loader=_Loader))  # noqa: S506  (a SafeLoader)


@dataclass(frozen=True)
class Statement:
    """One statement of a role's policy, its actions and resources always lists."""

    role: str
    body: Json

    @property
    def actions(self) -> list[str]:
        return _list(self.body["Action"])

    @property
    def resources(self) -> list[Any]:
        return _list(self.body["Resource"])

    @property
    def conditions(self) -> Json:
        return dict(self.body.get("Condition", {}))

    def condition_keys(self) -> set[str]:
        return {key for test in self.conditions.values() for key in test}


@dataclass(frozen=True)
class Template:
    body: Json

    def of_type(self, kind: str) -> dict[str, Json]:
        """The properties of each resource of this type, by logical id."""
        resources: dict[str, Json] = self.body["Resources"]
        return {name: found.get("Properties", {}) for name, found in resources.items() if found["Type"] == kind}

    def properties(self, name: str) -> Json:
        return dict(self.body["Resources"][name]["Properties"])

    @property
    def functions(self) -> dict[str, Json]:
        shared = self.body["Globals"]["Function"]
        return {name: shared | own for name, own in self.of_type("AWS::Serverless::Function").items()}

    def statements(self) -> Iterator[Statement]:
        """Of all roles and policies, AWS's documents that say who may assume a role apart."""
        for name in self.of_type("AWS::IAM::Role"):
            for policy in self.inline_policies(name):
                for body in policy["PolicyDocument"]["Statement"]:
                    yield Statement(name, body)
        for name, policy in self.of_type("AWS::IAM::Policy").items():
            for body in policy["PolicyDocument"]["Statement"]:
                yield Statement(name, body)

    def inline_policies(self, role: str) -> list[Json]:
        """Of a role, those that a condition adds included."""
        return [policy.get("Fn::If", [None, policy])[1] for policy in self.properties(role).get("Policies", [])]

    def sqs_targets(self) -> Iterator[tuple[str, str, Json]]:
        """Rule, queue and target, for every target that is a queue."""
        queues = self.of_type("AWS::SQS::Queue")
        for name, rule in self.of_type("AWS::Events::Rule").items():
            for target in rule["Targets"]:
                queue = target_of(target["Arn"])
                if queue in queues:
                    yield name, queue, target


def target_of(value: Any) -> str:
    """`Queue` of `!GetAtt Queue.Arn` and of `!Ref Queue`; "" for anything else."""
    if not isinstance(value, dict):
        return ""
    return str(value.get("Ref") or str(value.get("Fn::GetAtt", "")).split(".")[0])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
