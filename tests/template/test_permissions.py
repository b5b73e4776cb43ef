"""Each role allows what its function calls, in the form that AWS evaluates.

The tables repeat what AWS's service authorization reference says of each action: on which resource types it is
checked, and whether their tags are there to be looked at. A statement that asks for more never allows anything on AWS.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (SageMaker, CloudWatch, ECR, EventBridge,
Logs, S3, SQS, DynamoDB, Lambda, IAM, X-Ray).
"""

import re
from typing import Any

import pytest

from tests.template.reading import Statement, Template

ONLY_STAR = {
    "sagemaker:ListEndpoints",
    "sagemaker:ListTrainingJobs",
    "sagemaker:ListModels",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:Search",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
# The resource types, as their ARNs spell them, that an action is checked on: all of them must be allowed.
CHECKED_ON = {
    "sagemaker:CreateTrainingJob": {"training-job"},
    "sagemaker:DescribeTrainingJob": {"training-job"},
    "sagemaker:CreateModel": {"model"},
    "sagemaker:CreateEndpointConfig": {"endpoint-config"},
    "sagemaker:DescribeEndpointConfig": {"endpoint-config"},
    "sagemaker:CreateEndpoint": {"endpoint", "endpoint-config"},
    "sagemaker:UpdateEndpoint": {"endpoint", "endpoint-config"},
    "sagemaker:DescribeEndpoint": {"endpoint"},
    "sagemaker:DeleteEndpoint": {"endpoint"},
    "sagemaker:DeleteEndpointConfig": {"endpoint-config"},
    "sagemaker:DeleteModel": {"model"},
    "sagemaker:DescribeModel": {"model"},
    "sagemaker:InvokeEndpoint": {"endpoint"},
    "s3:ListBucket": {"bucket"},
    "s3:ListBucketVersions": {"bucket"},
    "s3:GetObject": {"object"},
    "s3:GetObjectVersion": {"object"},
    "s3:PutObject": {"object"},
    "s3:PutObjectTagging": {"object"},
    "s3:AbortMultipartUpload": {"object"},
    "logs:GetLogEvents": {"log-stream"},
}
NEVER_BY_RESOURCE_TAG = re.compile(r"sagemaker:(Create|List|Search|AddTags|InvokeEndpoint)|cloudwatch:")
NEEDS_RESOURCE_TAG = re.compile(r"sagemaker:(Update|Delete|Describe|Stop)")
OUR_TAGS = {
    "StartTrainingRole": ["ebb:stack", "ebb:model", "ebb:run"],
    "DeployEndpointRole": ["ebb:stack", "ebb:model", "ebb:run", "ebb:role", "ebb:held-back", "ebb:keep"],
}
MARKS = ["ebb:live", "ebb:held-back"]  # what is put on resources that exist
KEEPING = ("KeepAwake", "KeepAPersonsWordWithTheConfig")
STACK_TAG = "aws:ResourceTag/ebb:stack"
# About endpoints that somebody has put into our care by a tag, and what they are made of: of any name.
ADOPTED = {
    "ReadTheirTags": {"sagemaker:ListTags"},
    "LookAndProbeAdoptedEndpoints": {"sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"},
    "SeeWhatBringsItBack": {"sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"},
    "PutAdoptedEndpointsToSleep": {"sagemaker:DeleteEndpoint"},
}
REQUESTS = {
    "AskForTheNewSettings": {"events:source": "ebb.request", "events:detail-type": "Apply"},
    "AskForAWake": {"events:source": "ebb.request", "events:detail-type": "Wake"},
}


@pytest.fixture(scope="session")
def statements(template: Template) -> list[Statement]:
    return list(template.statements())


def _kind(resource: Any) -> str:
    """`endpoint` of a SageMaker ARN, `bucket` or `object` of ours, `log-stream`, or "" for the rest."""
    arn = str(next(iter(resource.values()))) if isinstance(resource, dict) else str(resource)
    if found := re.search(r":sagemaker:[^/]*:([a-z-]+)/", arn):
        return found[1]
    if arn.startswith(("DataBucket.Arn", "${DataBucket.Arn}")):
        return "object" if "/" in arn else "bucket"
    return "log-stream" if ":log-stream:" in arn else ""


def _of(statements: list[Statement], pattern: str) -> list[Statement]:
    found = [one for one in statements if any(re.match(pattern, action) for action in one.actions)]
    assert found, f"no statement with {pattern}"
    return found


def test_every_statement_allows_named_actions_and_says_what_for(statements: list[Statement]) -> None:
    for one in statements:
        assert one.body["Effect"] == "Allow"
        assert re.fullmatch(r"[A-Za-z0-9]+", one.body["Sid"])
        assert not any("*" in action for action in one.actions), one.body["Sid"]


def test_a_star_stands_alone_where_aws_takes_nothing_else_and_nowhere_else(statements: list[Statement]) -> None:
    for one in statements:
        starred = "*" in one.resources
        assert starred == all(action in ONLY_STAR for action in one.actions), one.body["Sid"]
        assert starred == any(action in ONLY_STAR for action in one.actions), one.body["Sid"]


def test_every_star_says_beside_its_sid_why(statements: list[Statement], text: str) -> None:
    for sid in {one.body["Sid"] for one in statements if "*" in one.resources}:
        assert re.search(rf"Sid: {sid} +# .*\*", text), sid
    assert text.count('Resource: "*"') == len(re.findall(r"Sid: \w+ +# takes no resource", text))


def test_an_action_is_allowed_on_every_resource_type_that_it_is_checked_on(statements: list[Statement]) -> None:
    for one in statements:
        kinds = {_kind(resource) for resource in one.resources}
        for action in one.actions:
            assert CHECKED_ON.get(action, set()) <= kinds, f"{one.role}: {action}"


def test_no_sagemaker_resource_type_is_named_for_nothing(statements: list[Statement]) -> None:
    for one in statements:
        if all(action in CHECKED_ON for action in one.actions):
            used = set().union(*(CHECKED_ON[action] for action in one.actions))
            assert {_kind(resource) for resource in one.resources} == used, one.body["Sid"]


def test_every_sagemaker_resource_begins_with_the_prefix(statements: list[Statement]) -> None:
    for one in _of(statements, "sagemaker:"):
        if one.body["Sid"] not in ADOPTED:
            for resource in one.resources:
                assert resource == "*" or resource["Fn::Sub"].endswith("/${Prefix}-*"), one.body["Sid"]


def test_what_has_another_name_is_only_looked_at_or_was_put_into_our_care(statements: list[Statement]) -> None:
    """With the tag that adopts it, and without any stack's: `Null … true` is "not there"."""
    found = {one.body["Sid"]: one for one in statements if one.body["Sid"] in ADOPTED}
    assert {sid: set(one.actions) for sid, one in found.items()} == ADOPTED
    only_adopted = {"Null": {"aws:ResourceTag/ebb:idle-after": "false", STACK_TAG: "true"}}
    for sid in ("LookAndProbeAdoptedEndpoints", "PutAdoptedEndpointsToSleep"):
        assert found[sid].conditions == only_adopted
        assert [_kind(resource) for resource in found[sid].resources] == ["endpoint"]
    assert {found[sid].role for sid in ADOPTED} == {"TearDownIdleRole", "TearDownPolicy"}


@pytest.mark.parametrize("pattern", ["sagemaker:Create", "sagemaker:AddTags"])
def test_what_is_created_must_carry_our_tags_and_no_others(statements: list[Statement], pattern: str) -> None:
    for one in _of(statements, pattern):
        if one.role != "ConfirmEndpointRole" and one.body["Sid"] not in KEEPING:
            assert one.conditions["StringEquals"] == {"aws:RequestTag/ebb:stack": {"Ref": "AWS::StackName"}}
            assert one.conditions["ForAllValues:StringEquals"] == {"aws:TagKeys": OUR_TAGS[one.role]}


def test_what_exists_is_marked_with_two_tags_only_and_whose_it_is_stays_as_it_is(statements: list[Statement]) -> None:
    (marking,) = [one for one in _of(statements, "sagemaker:AddTags") if one.role == "ConfirmEndpointRole"]
    assert marking.conditions == {"ForAllValues:StringEquals": {"aws:TagKeys": MARKS}}


@pytest.mark.parametrize("sid", KEEPING)
def test_a_persons_word_is_put_on_what_exists_and_nothing_else(statements: list[Statement], sid: str) -> None:
    (keeping,) = [one for one in _of(statements, "sagemaker:AddTags") if one.body["Sid"] == sid]
    assert keeping.actions == ["sagemaker:AddTags"]
    assert keeping.conditions == {"ForAllValues:StringEquals": {"aws:TagKeys": ["ebb:keep"]}}


def test_only_serverless_configs_are_created(statements: list[Statement]) -> None:
    (one,) = _of(statements, "sagemaker:CreateEndpointConfig")
    # The key is there only for a serverless variant, and a comparison with nothing fails.
    assert one.conditions["NumericLessThanEquals"] == {"sagemaker:ServerlessMaxConcurrency": 200}


def test_whoever_creates_may_also_tag_the_same_resources(statements: list[Statement]) -> None:
    for creating in _of(statements, "sagemaker:Create"):
        tagged = [
            str(resource)
            for one in _of(statements, "sagemaker:AddTags")
            if one.role == creating.role
            for resource in one.resources
        ]
        assert {str(resource) for resource in creating.resources} <= set(tagged), creating.role


def test_tags_are_never_asked_for_where_aws_has_none_to_show(statements: list[Statement]) -> None:
    for one in statements:
        # Whether AWS looks at tags at InvokeEndpoint is not known: where it does not, nothing adopted is ever deleted.
        if any(NEVER_BY_RESOURCE_TAG.match(action) for action in one.actions) and one.body["Sid"] not in ADOPTED:
            assert not any("ResourceTag" in key for key in one.condition_keys()), one.body["Sid"]


def test_what_exists_is_touched_only_with_the_stacks_tag(statements: list[Statement]) -> None:
    for one in statements:
        if any(NEEDS_RESOURCE_TAG.match(action) for action in one.actions) and one.body["Sid"] not in ADOPTED:
            assert one.conditions == {"StringEquals": {STACK_TAG: {"Ref": "AWS::StackName"}}}, one.body["Sid"]


@pytest.mark.parametrize("pattern", ["sagemaker:List", "cloudwatch:GetMetricData", "s3:ListBucket$"])
def test_questions_that_know_no_condition_have_none(statements: list[Statement], pattern: str) -> None:
    for one in _of(statements, pattern):
        assert one.conditions == {}, one.body["Sid"]


def test_only_uploads_are_listed_with_their_versions(statements: list[Statement]) -> None:
    listing = _of(statements, "s3:ListBucketVersions")
    assert [one.role for one in listing] == ["StartTrainingRole", "TearDownIdleRole"]
    for one in listing:
        assert one.conditions == {"StringLike": {"s3:prefix": "datasets/*"}}


def test_only_deploy_endpoint_creates_and_updates_what_serves(statements: list[Statement]) -> None:
    for one in _of(statements, "sagemaker:(CreateModel|CreateEndpoint|UpdateEndpoint)"):
        assert one.role == "DeployEndpointRole"


def test_all_others_create_nothing(statements: list[Statement]) -> None:
    for one in statements:
        if one.role in ("ConfirmEndpointRole", "TearDownIdleRole", "TearDownPolicy", "PredictRole"):
            assert not any(re.match(r"sagemaker:(Create|Update)|iam:", action) for action in one.actions)


def test_events_are_said_in_our_own_name_only(statements: list[Statement]) -> None:
    for one in _of(statements, "events:PutEvents"):
        assert one.conditions == {"StringEquals": REQUESTS.get(one.body["Sid"], {"events:source": "ebb"})}


def test_a_job_stays_within_the_limits_whatever_a_model_toml_says(statements: list[Statement]) -> None:
    (one,) = _of(statements, "sagemaker:CreateTrainingJob")
    assert one.conditions["ForAllValues:StringLike"] == {"sagemaker:InstanceTypes": {"Ref": "AllowedInstanceTypes"}}
    assert "sagemaker:MaxRuntimeInSeconds" in one.conditions["NumericLessThanEquals"]
    assert one.conditions["Bool"] == {"sagemaker:NetworkIsolation": True}


def test_uploads_are_read_by_version_and_probing_has_list_bucket(statements: list[Statement]) -> None:
    allowed = [action for one in statements if one.role == "StartTrainingRole" for action in one.actions]
    assert {"s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload"} <= set(allowed)
