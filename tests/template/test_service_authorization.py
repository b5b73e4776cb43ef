"""The comparison with AWS's service authorization reference finds what allows nothing; `make check` makes it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.template.reading import TEMPLATE, Json, Template
from tests.template.service_authorization import problems

ARN = "arn:${Partition}:sagemaker:${Region}:${Account}"
ENDPOINT, CONFIG = {"condition_keys": [], "required": True}, {"condition_keys": [], "required": True}
TAGGED = {"required": False, "condition_keys": ["aws:RequestTag/${TagKey}", "aws:TagKeys"]}
REFERENCE: Json = {
    "sagemaker": {
        "privileges": {
            "CreateEndpoint": {"resource_types": {"endpoint": ENDPOINT, "endpoint-config": CONFIG, "": TAGGED}},
            "Search": {"resource_types": {"": {"condition_keys": [], "required": False}}},
        },
        "resources": {
            "endpoint": {"arn": f"{ARN}:endpoint/${{EndpointName}}", "condition_keys": ["aws:ResourceTag/${TagKey}"]},
            "endpoint-config": {"arn": f"{ARN}:endpoint-config/${{Name}}", "condition_keys": []},
        },
    },
    "logs": {
        "privileges": {"PutLogEvents": {"resource_types": {"log-stream": {"required": True, "condition_keys": []}}}},
        "resources": {
            "log-stream": {
                "arn": "arn:${Partition}:logs:${Region}:${Account}:log-group:${Group}:log-stream:${Stream}",
                "condition_keys": [],
            }
        },
    },
}
OWN = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}"
BOTH = [{"Fn::Sub": f"{OWN}:endpoint/${{Prefix}}-*"}, {"Fn::Sub": f"{OWN}:endpoint-config/${{Prefix}}-*"}]
GROUP = [{"Fn::GetAtt": "Group.Arn"}]
QUEUE = [{"Fn::GetAtt": "Queue.Arn"}]
ACCOUNT = {"StringEquals": {"aws:SourceAccount": "1"}}
OUR_TAG = {"StringEquals": {"aws:RequestTag/ebb:stack": "ebb"}}
CASES: list[tuple[str, Any, Json, str]] = [
    ("sagemaker:CreateEndpoint", BOTH, OUR_TAG | ACCOUNT, ""),
    ("sagemaker:CreateEndpoint", BOTH, {"StringEquals": {"aws:ResourceTag/ebb:stack": "ebb"}}, ""),
    ("sagemaker:CreateEndpoint", BOTH[:1], {}, "no resource is a endpoint-config"),
    ("sagemaker:CreateEndpoint", BOTH, {"StringEquals": {"sagemaker:Nothing": "1"}}, "no condition key sagemaker:Noth"),
    ("sagemaker:CreateEndpoints", BOTH, {}, "does not exist"),
    ("sagemaking:CreateEndpoint", BOTH, {}, "does not exist"),
    ("sagemaker:Search", BOTH, {}, "is known for * only"),
    ("sagemaker:Search", ["*"], {}, ""),
    ("logs:PutLogEvents", GROUP, {}, ""),
    ("logs:PutLogEvents", QUEUE, {}, "is checked on log-stream"),
]


@pytest.mark.parametrize(("action", "resources", "conditions", "problem"), CASES)
def test_what_aws_would_not_understand_is_named(action: str, resources: Any, conditions: Json, problem: str) -> None:
    statement = {"Sid": "Does", "Action": action, "Resource": resources, "Condition": conditions}
    role = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Group": {"Type": "AWS::Logs::LogGroup"},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }
    found = list(problems(Template({"Resources": resources}), lambda prefix: REFERENCE.get(prefix, {})))
    assert len(found) == bool(problem)
    assert problem in " ".join(found)


def test_every_region_that_the_template_takes_is_linted(template: Template) -> None:
    linted = yaml.safe_load((TEMPLATE.parent / ".ci/cfnlintrc.yaml").read_text())["regions"]
    (rule,) = template.body["Rules"]["RegionIsKnown"]["Assertions"]
    assert sorted(linted) == sorted(rule["Assert"]["Fn::Contains"][0])
