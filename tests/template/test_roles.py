"""Who may become which role, who hands one over, and what SageMaker's own roles need that no local test can miss.

AWS documents: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
"""

import pytest

from tests.template.reading import Statement, Template


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
    ("role", "service", "guarded"),
    [
        ("StartTrainingRole", "lambda.amazonaws.com", False),
        ("DeployEndpointRole", "lambda.amazonaws.com", False),
        ("ConfirmEndpointRole", "lambda.amazonaws.com", False),
        ("TearDownIdleRole", "lambda.amazonaws.com", False),
        ("PredictRole", "lambda.amazonaws.com", False),
        ("TrainingRole", "sagemaker.amazonaws.com", True),
        ("ServingRole", "sagemaker.amazonaws.com", True),
        ("TearDownScheduleRole", "scheduler.amazonaws.com", True),
    ],
)
def test_each_role_trusts_one_service_of_this_account(
    template: Template, role: str, service: str, *, guarded: bool
) -> None:
    (trust,) = template.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": service}
    account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert trust.get("Condition") == (account if guarded else None)
