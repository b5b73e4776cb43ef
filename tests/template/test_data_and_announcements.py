"""The bucket and the ledger outlive the stack; announcements arrive; parameters and outputs are the contract's."""

import json
import re
from pathlib import Path

import pytest

from ebb.ledger.ledger import DUE_INDEX
from tests.template.reading import TEMPLATE, Template, target_of

FUNCTIONS = TEMPLATE.parent / "functions"
# The developer guide's list of serverless inference, 2026-12.
REGIONS = {
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "af-south-1", "me-south-1"),
    *("ap-east-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-southeast-1", "ap-southeast-2"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"),
}
OUTPUTS = {
    *("DataBucketName", "LedgerTableName", "NotificationTopicArn", "JournalLogGroupName"),
    *("PredictUrl", "PredictCallersPolicyArn", "TrainingRoleArn", "ServingRoleArn"),
    *("StartTrainingFunctionName", "DeployEndpointFunctionName", "ConfirmEndpointFunctionName"),
    *("TearDownIdleFunctionName", "PredictFunctionName"),
    *("IntakeQueueUrl", "DeployQueueUrl", "ConfirmQueueUrl"),
    *("IntakeDeadLetterQueueUrl", "DeployDeadLetterQueueUrl", "ConfirmDeadLetterQueueUrl"),
}


@pytest.mark.parametrize("name", ["DataBucket", "Ledger"])
def test_data_outlive_the_stack_but_not_a_first_deployment_that_fails(template: Template, name: str) -> None:
    resource = template.body["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_bucket_is_versioned_private_encrypted_and_tells_eventbridge(template: Template) -> None:
    bucket = template.properties("DataBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert "BucketName" not in bucket


def rules_of_the_bucket(template: Template) -> dict[str, dict[str, object]]:
    rules = template.properties("DataBucket")["LifecycleConfiguration"]["Rules"]
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    return {rule["Id"]: {name: value for name, value in rule.items() if name not in ("Id", "Status")} for rule in rules}


def test_parts_and_prepared_data_are_not_kept_for_ever(template: Template) -> None:
    rules = rules_of_the_bucket(template)
    assert rules["parts-of-interrupted-uploads"] == {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    assert rules["prepared-training-data"] == {
        "TagFilters": [{"Key": "ebb:part", "Value": "data"}],
        "ExpirationInDays": {"Ref": "KeepTrainingDataDays"},
    }


def test_old_versions_and_markers_of_our_own_folders_go_and_no_rule_names_the_users(template: Template) -> None:
    """Expiration on a versioned bucket only writes a marker. A rule knows no endings, so model.toml would go, too."""
    rules = rules_of_the_bucket(template)
    assert {rule["Prefix"]: rule for rule in rules.values() if "Prefix" in rule} == {
        f"{folder}/": {
            "Prefix": f"{folder}/",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
            "ExpiredObjectDeleteMarker": True,
        }
        for folder in ("runs", "scored", "report", "adopted", "journal")
    }


def test_the_bucket_takes_tls_only_and_demands_no_header(template: Template) -> None:
    statements = template.properties("DataBucketPolicy")["PolicyDocument"]["Statement"]
    (tls,) = [one for one in statements if one["Sid"] == "OnlyTLS"]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert tls["Resource"] == [{"Fn::GetAtt": "DataBucket.Arn"}, {"Fn::Sub": "${DataBucket.Arn}/*"}]
    # It would refuse SageMaker and `aws s3 cp`.
    assert "server-side-encryption" not in str(statements)


def test_only_roles_that_write_runs_may_write_runs(template: Template) -> None:
    statements = template.properties("DataBucketPolicy")["PolicyDocument"]["Statement"]
    (runs,) = [one for one in statements if one["Sid"] == "OnlyEbbWritesRuns"]
    writers = {
        one.role
        for one in template.statements()
        if "s3:PutObject" in one.actions and any("/runs/" in str(resource) for resource in one.resources)
    }
    assert {target_of(role) for role in runs["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]} == writers


def test_each_folder_of_the_bucket_is_denied_to_all_but_its_writers(template: Template) -> None:
    statements = {one["Sid"]: one for one in template.properties("DataBucketPolicy")["PolicyDocument"]["Statement"]}
    denied = {
        sid: re.findall(r"\}/(\w+)/\*", str(one["Resource"]))
        for sid, one in statements.items()
        if one["Action"] == "s3:PutObject"
    }
    assert {one["Effect"] for one in statements.values()} == {"Deny"}
    assert denied == {
        "OnlyEbbWritesRuns": ["runs"],
        "OnlyPeopleWriteTheirs": ["datasets", "score", "knock", "journal"],
        "NobodyWritesWhatHasNoWriterYet": ["scored", "report", "adopted"],
    }
    ours = statements["OnlyPeopleWriteTheirs"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    roles = set(template.of_type("AWS::IAM::Role")) - {"TearDownScheduleRole"}
    assert {target_of(role) for role in ours} == roles
    assert "Condition" not in statements["NobodyWritesWhatHasNoWriterYet"]


def needs(template: Template, name: str) -> set[str]:
    """What CloudFormation makes before it, directly."""
    resources = template.body["Resources"]
    body = resources[name]
    waits = body.get("DependsOn", [])
    text = str(body.get("Properties", {}))
    named = {other for other in resources if re.search(rf"(?<![\w]){other}(?![\w])", text)}
    return named | set([waits] if isinstance(waits, str) else waits)


def test_a_prefix_that_is_taken_fails_before_anything_else_is_made(template: Template) -> None:
    """Its roll-back has nothing to delete then, least of all what another stack has made under the same names."""
    resources = set(template.body["Resources"])
    made = {"PrefixReservation"}
    for name in resources - made:
        seen: set[str] = set()
        left = {name}
        while left:
            seen |= left
            left = set().union(*(needs(template, each) for each in left)) & resources - seen
        assert "PrefixReservation" in seen, name
    assert needs(template, "PrefixReservation") == set()


def test_where_the_stack_is_is_written_down_last(template: Template) -> None:
    described = template.body["Resources"]["StackDescription"]
    assert described["Properties"]["Name"] == {"Fn::Sub": "/ebb/${Prefix}/stack"}
    filled = re.sub(r"\$\{([^}]+)\}", r"\1", described["Properties"]["Value"]["Fn::Sub"])
    assert json.loads(filled) == {
        "stack": "AWS::StackName",
        "bucket": "DataBucket",
        "url": "PredictFunctionUrl.FunctionUrl",
    }
    assert set(described["DependsOn"]) >= {
        *("StartTrainingFunction", "DeployEndpointFunction", "ConfirmEndpointFunction", "TearDownTimer"),
        *("DataBucketPolicy", "RequestRule", "AnnouncementRule"),
    }
    assert not [name for name in template.body["Resources"] if "StackDescription" in needs(template, name)]


def test_the_ledger_is_billed_by_use_and_forgets_by_expires(template: Template) -> None:
    ledger = template.properties("Ledger")
    assert ledger["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["model", "record"]
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "TableName" not in ledger


def test_an_index_has_what_is_to_be_looked_at_some_time_by_when_and_whole(template: Template) -> None:
    """The tick reads its rows from there alone: what has no `due` is not in it, and costs nothing."""
    (index,) = template.properties("Ledger")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == DUE_INDEX
    keys = [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]]
    assert keys == [("record", "HASH"), ("due", "RANGE")]
    assert index["Projection"] == {"ProjectionType": "ALL"}


def test_eventbridge_may_publish_without_a_condition_and_alarms_with_one(template: Template) -> None:
    statements = template.properties("NotificationTopicPolicy")["PolicyDocument"]["Statement"]
    by_service = {one["Principal"]["Service"]: one for one in statements}
    assert by_service.keys() == {"events.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert "Condition" not in by_service["events.amazonaws.com"]
    account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert by_service["cloudwatch.amazonaws.com"]["Condition"] == account
    assert {one["Action"] for one in statements} == {"sns:Publish"}


def test_announcements_of_this_stack_alone_reach_topic_and_journal(template: Template) -> None:
    rule = template.properties("AnnouncementRule")
    assert rule["EventPattern"] == {"source": ["ebb"], "detail": {"stack": [{"Ref": "AWS::StackName"}]}}
    targets = {target["Id"]: target for target in rule["Targets"]}
    assert targets["topic"]["InputPath"] == "$.detail.sentence"
    assert targets["journal"]["Arn"]["Fn::Sub"].endswith(":log-group:/ebb/${AWS::StackName}/journal")
    assert not any("RoleArn" in target for target in rule["Targets"])


def test_the_journal_lets_eventbridge_write_by_a_policy_of_its_own(template: Template) -> None:
    journal = template.properties("JournalLogGroup")
    (statement,) = journal["ResourcePolicyDocument"]["Statement"]
    assert statement["Principal"]["Service"] == ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    # An account has room for ten of these.
    assert template.of_type("AWS::Logs::ResourcePolicy") == {}


def test_a_prefix_has_no_hyphen_and_is_reserved_for_one_stack(template: Template) -> None:
    prefix = template.body["Parameters"]["Prefix"]
    assert prefix["AllowedPattern"] == "^[a-z][a-z0-9]{0,11}$"
    assert prefix["Default"] == "ebb"
    assert template.properties("PrefixReservation")["Name"] == {"Fn::Sub": "/ebb/${Prefix}"}


def test_every_parameter_says_what_it_is_and_has_a_default(template: Template) -> None:
    for name, parameter in template.body["Parameters"].items():
        assert parameter["Description"].strip(), name
        assert "Default" in parameter, name


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("IdleAfterMinutes", 1440),
        ("IdleMarginMinutes", 10),
        ("TearDownSchedule", "rate(15 minutes)"),
        ("TearDownMode", "enforce"),
        ("PurgeAfterDays", 30),
        ("MaxTearDownsPerRun", 10),
        ("MaxTearDownPercent", 50),
        ("XGBoostVersion", "3.2-0"),
        ("MaxWaitHours", 24),
        ("MaxTrainingMinutes", "240"),
        ("MaxProvisionedConcurrency", 0),
        ("MaxDatasetGB", 5),
        ("KeepTrainingDataDays", 30),
        ("LogRetentionDays", 30),
        ("Architecture", "arm64"),
    ],
)
def test_defaults_are_the_contracts(template: Template, name: str, default: object) -> None:
    assert template.body["Parameters"][name]["Default"] == default


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("IdleAfterMinutes", 1, 43_200),
        ("IdleMarginMinutes", 0, 1440),
        ("PurgeAfterDays", 1, 3650),
        ("MaxTearDownsPerRun", 1, 100),
        ("MaxTearDownPercent", 1, 100),
    ],
)
def test_no_parameter_of_the_tear_down_can_be_nonsense(template: Template, name: str, least: int, most: int) -> None:
    parameter = template.body["Parameters"][name]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (least, most)


def test_every_training_limit_is_known_in_seconds(template: Template) -> None:
    seconds = template.body["Mappings"]["TrainingLimit"]
    allowed = template.body["Parameters"]["MaxTrainingMinutes"]["AllowedValues"]
    assert {minutes: {"Seconds": int(minutes) * 60} for minutes in allowed} == seconds


def test_the_regions_are_those_with_serverless_inference_each_with_a_registry(template: Template) -> None:
    (rule,) = template.body["Rules"]["RegionIsKnown"]["Assertions"]
    regions = rule["Assert"]["Fn::Contains"][0]
    registry = template.body["Mappings"]["XGBoostRegistry"]
    assert sorted(regions) == sorted(registry) == sorted(REGIONS)
    assert all(re.fullmatch(r"\d{12}", found["Account"]) for found in registry.values())


def test_outputs_are_the_contracts(template: Template) -> None:
    assert template.body["Outputs"].keys() == OUTPUTS


@pytest.mark.parametrize("path", sorted(FUNCTIONS.rglob("*.py")), ids=lambda path: path.name)
def test_no_function_knows_where_it_runs(path: Path) -> None:
    local = r"local[ _-]?cloud|ministack|moto\b|localstack|AWS_ENDPOINT|endpoint_url|127\.0\.0\.1|localhost"
    assert not re.search(local, path.read_text(), re.IGNORECASE)
