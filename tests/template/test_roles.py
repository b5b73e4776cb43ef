"""Who may become which role, who hands one over, and what SageMaker's own roles need that no local test can miss.

AWS documents: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
"""

import json
import re
from typing import Any

import pytest

from tests.template.reading import Statement, Template, target_of

FUNCTION_ROLES = ["StartTrainingRole", "DeployEndpointRole", "ConfirmEndpointRole", "TearDownIdleRole", "PredictRole"]
ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
SAGEMAKER = {
    "ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:*"}}
}
MOST_CHARACTERS = 10_240  # AWS documents: of all inline policies of a role together
LONGEST = {
    "Prefix": "x" * 12,
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-1",
    "AWS::AccountId": "1" * 12,
    "AWS::StackName": "x" * 40,
    "AllowedInstanceTypes": "x" * 200,
    "DataBucket.Arn": "x" * 76,
    "Ledger.Arn": "x" * 130,
}


@pytest.fixture(scope="session")
def statements(template: Template) -> list[Statement]:
    return list(template.statements())


def test_no_role_takes_a_managed_policy_and_each_honours_the_boundary(template: Template) -> None:
    for name, role in template.of_type("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name
        assert role["PermissionsBoundary"]["Fn::If"][:2] == ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}], name


def test_roles_are_handed_over_to_sagemaker_only_and_one_by_one(statements: list[Statement]) -> None:
    passing = [one for one in statements if "iam:PassRole" in one.actions]
    assert {(one.role, str(one.resources)) for one in passing} == {
        ("StartTrainingRole", "[{'Fn::GetAtt': 'TrainingRole.Arn'}]"),
        ("DeployEndpointRole", "[{'Fn::GetAtt': 'ServingRole.Arn'}]"),
    }
    for one in passing:
        assert one.conditions == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@pytest.mark.parametrize("role", ["TrainingRole", "ServingRole"])
def test_sagemakers_own_roles_have_what_no_local_test_can_miss(statements: list[Statement], role: str) -> None:
    allowed = {action for one in statements if one.role == role for action in one.actions}
    assert allowed >= {
        *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability"),
        *("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"),
        *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
        *("cloudwatch:PutMetricData", "s3:GetObject", "s3:ListBucket"),
    }


@pytest.mark.parametrize(
    ("role", "service", "condition"),
    [
        *((role, "lambda.amazonaws.com", None) for role in FUNCTION_ROLES),
        ("TrainingRole", "sagemaker.amazonaws.com", ACCOUNT | SAGEMAKER),
        ("ServingRole", "sagemaker.amazonaws.com", ACCOUNT | SAGEMAKER),
        ("TearDownScheduleRole", "scheduler.amazonaws.com", ACCOUNT),
    ],
)
def test_each_role_trusts_one_service_of_this_account(
    template: Template, role: str, service: str, condition: dict[str, Any] | None
) -> None:
    (trust,) = template.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": service}
    assert trust.get("Condition") == condition


@pytest.mark.parametrize("role", ["TrainingRole", "ServingRole"])
def test_an_image_is_pulled_from_the_account_that_aws_keeps_it_in(statements: list[Statement], role: str) -> None:
    (pull,) = [one for one in statements if one.role == role and "ecr:BatchGetImage" in one.actions]
    arn, given = pull.resources[0]["Fn::Sub"]
    assert arn == "arn:${AWS::Partition}:ecr:${AWS::Region}:${Account}:repository/sagemaker-xgboost"
    assert given == {"Account": {"Fn::FindInMap": ["XGBoostRegistry", {"Ref": "AWS::Region"}, "Account"]}}


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_traced_functions_role_may_send_traces_from_its_creation_on(template: Template, role: str) -> None:
    """Lambda looks when it creates the function: a policy beside the role may come too late."""
    conditional = template.properties(role)["Policies"][0]["Fn::If"]
    assert (conditional[0], conditional[2]) == ("Traced", {"Ref": "AWS::NoValue"})
    (statement,) = conditional[1]["PolicyDocument"]["Statement"]
    assert "xray:PutTraceSegments" in statement["Action"]


@pytest.mark.parametrize("role", [*FUNCTION_ROLES, "TrainingRole", "ServingRole", "TearDownScheduleRole"])
def test_a_roles_inline_policies_fit_into_what_iam_takes(template: Template, role: str) -> None:
    """IAM counts all of a role's inline policies together, without white space; so do stacks with long names."""
    policies = [one["PolicyDocument"] for one in template.inline_policies(role)]
    policies += [
        policy["PolicyDocument"]
        for policy in template.of_type("AWS::IAM::Policy").values()
        if role in [target_of(attached) for attached in policy["Roles"]]
    ]
    size = sum(len(json.dumps(resolved(template, policy), separators=(",", ":"))) for policy in policies)
    assert 0 < size <= MOST_CHARACTERS


def resolved(template: Template, value: Any) -> Any:
    """With the longest names that there may be."""
    if isinstance(value, list):
        return [resolved(template, part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) > 1 or next(iter(value), "") not in ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::FindInMap"):
        return {name: resolved(template, part) for name, part in value.items()}
    ((function, told),) = value.items()
    if function != "Fn::Sub":
        return LONGEST.get(str(told), "x" * 150)
    text = told if isinstance(told, str) else told[0]
    return re.sub(r"\$\{([^}]+)\}", lambda found: LONGEST.get(found[1], "x" * 100), text)
