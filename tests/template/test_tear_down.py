"""With TearDownMode report nothing can be deleted: all that deletes is in one policy, which is then not there."""

import re

import pytest

from tests.template.reading import TEMPLATE, Statement, Template, target_of

DELETES = re.compile(
    r"[a-z0-9]+:(Delete|Remove|Stop|Update(?!Item)|Create(?!LogStream)|Put(?!LogEvents|Object$|Events|Item|T[a-z]+))"
)
# What tear_down_idle may do without it, by what for.
MAY = {
    "WriteLogs": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "SendOthersToLook": {"sqs:SendMessage"},
    "FindWhatThereIs": {
        *("sagemaker:ListEndpoints", "sagemaker:ListTrainingJobs", "sagemaker:ListEndpointConfigs"),
        *("sagemaker:ListModels", "sagemaker:Search"),
    },
    "KnowWhetherAnObjectIsThere": {"s3:ListBucket"},
    "FindUploads": {"s3:ListBucketVersions"},
    "ReadTheirTags": {"sagemaker:ListTags"},
    "LookAtOwnResources": {"sagemaker:DescribeEndpoint"},
    "ProbeOwnEndpoints": {"sagemaker:InvokeEndpoint"},
    "LookAndProbeAdoptedEndpoints": {"sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"},
    "SeeWhatBringsItBack": {"sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"},
    "SeeTheArtifactAndWhatToAsk": {"s3:GetObject"},
    "WriteTheJournal": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "CountCalls": {"cloudwatch:GetMetricData"},
    "WriteLatest": {"s3:GetObject", "s3:PutObject"},
    "KeepLedger": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"},
    "Announce": {"events:PutEvents"},
    "SendTraces": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},  # with Tracing=Active only
}
TEARS_DOWN = {
    "PutOwnEndpointsToSleep": {"sagemaker:DeleteEndpoint"},
    "PutAdoptedEndpointsToSleep": {"sagemaker:DeleteEndpoint"},
    "PurgeOwnConfigsAndModels": {"sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel"},
    "PurgeLogsOfOwnEndpoints": {"logs:DeleteLogGroup"},
    "KeepAPersonsWordWithTheConfig": {"sagemaker:AddTags"},
}


def _by_sid(template: Template, role: str) -> dict[str, Statement]:
    return {one.body["Sid"]: one for one in template.statements() if one.role == role}


def _resources(statement: Statement) -> list[str]:
    return [str(next(iter(resource.values()))) for resource in statement.resources]


def test_the_role_looks_probes_writes_down_and_sends_others(template: Template) -> None:
    found = _by_sid(template, "TearDownIdleRole")
    assert {sid: set(one.actions) for sid, one in found.items()} == MAY


def test_without_its_policy_it_can_neither_delete_nor_change_anything(template: Template) -> None:
    for one in _by_sid(template, "TearDownIdleRole").values():
        assert not [action for action in one.actions if DELETES.match(action) or action == "sagemaker:AddTags"]


def test_what_it_writes_are_its_log_the_journal_the_ledger_and_what_is_said_of_a_run(template: Template) -> None:
    found = _by_sid(template, "TearDownIdleRole")
    assert _resources(found["WriteLogs"]) == ["TearDownIdleLogGroup.Arn"]
    assert _resources(found["WriteTheJournal"]) == ["JournalLogGroup.Arn"]
    assert _resources(found["KeepLedger"]) == ["Ledger.Arn", "${Ledger.Arn}/index/due"]
    assert _resources(found["WriteLatest"]) == ["${DataBucket.Arn}/runs/*/latest.json"]


def test_of_a_run_it_reads_what_to_ask_and_whether_the_artifact_is_there_and_never_the_data(template: Template) -> None:
    found = _by_sid(template, "TearDownIdleRole")
    assert _resources(found["SeeTheArtifactAndWhatToAsk"]) == [
        "${DataBucket.Arn}/runs/*/output/model.tar.gz",
        "${DataBucket.Arn}/runs/*/smoke.csv",
    ]


def test_all_that_deletes_is_in_the_policy(template: Template) -> None:
    found = _by_sid(template, "TearDownPolicy")
    assert {sid: set(one.actions) for sid, one in found.items()} == TEARS_DOWN
    policy = template.properties("TearDownPolicy")
    assert [target_of(role) for role in policy["Roles"]] == ["TearDownIdleRole"]


def test_the_policy_is_there_only_to_enforce(template: Template) -> None:
    assert template.body["Resources"]["TearDownPolicy"]["Condition"] == "TearsDown"
    assert template.body["Conditions"]["TearsDown"] == {"Fn::Equals": [{"Ref": "TearDownMode"}, "enforce"]}
    assert template.body["Parameters"]["TearDownMode"]["AllowedValues"] == ["enforce", "report"]


def test_no_other_policy_reaches_the_role(template: Template) -> None:
    attached = [
        name
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
        for name, policy in template.of_type(kind).items()
        if "TearDownIdleRole" in str(policy.get("Roles", policy.get("RoleName", "")))
    ]
    assert attached == ["TearDownPolicy"]


@pytest.mark.parametrize("sid", ["PutOwnEndpointsToSleep", "PurgeOwnConfigsAndModels"])
def test_only_this_stacks_own_is_deleted(template: Template, sid: str) -> None:
    one = _by_sid(template, "TearDownPolicy")[sid]
    assert one.conditions == {"StringEquals": {"aws:ResourceTag/ebb:stack": {"Ref": "AWS::StackName"}}}
    assert all(arn.endswith("/${Prefix}-*") for arn in _resources(one))


def test_of_somebody_elses_only_the_endpoint_goes(template: Template) -> None:
    found = _by_sid(template, "TearDownPolicy").values()
    foreign = [one for one in found if not all("/${Prefix}-*" in arn for arn in _resources(one))]
    assert [one.actions for one in foreign] == [["sagemaker:DeleteEndpoint"]]
    assert all(":endpoint/*" in arn for one in foreign for arn in _resources(one))


def test_the_function_is_told_what_the_policy_goes_by(template: Template) -> None:
    told = template.functions["TearDownIdleFunction"]["Environment"]["Variables"]
    assert told["TEAR_DOWN_MODE"] == {"Ref": "TearDownMode"}
    assert told["JOURNAL_LOG_GROUP"] == {"Ref": "JournalLogGroup"}


def test_the_lease_outlasts_a_tick_and_the_schedule_starts_one_at_a_time(template: Template) -> None:
    text = (TEMPLATE.parent / "functions" / "tear_down_idle.py").read_text()
    (minutes,) = re.findall(r"^LEASE = dt\.timedelta\(minutes=(\d+)\)", text, re.MULTILINE)
    function = template.functions["TearDownIdleFunction"]
    assert int(minutes) * 60 >= 2 * function["Timeout"]
    assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
