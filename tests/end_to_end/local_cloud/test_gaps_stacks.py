"""CloudFormation's own refusals, and the properties that ministack drops on the way to a resource."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import LAMBDA_TRUST, Account
from tests.end_to_end.tide import eventually


def deploy(account: Account, name: str, resources: dict[str, Any]) -> str:
    """The status that the stack ends with."""
    client = account.client("cloudformation")
    body = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    client.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
    return until_it_rests(account, name)


def until_it_rests(account: Account, name: str) -> str:
    client = account.client("cloudformation")
    stack = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]

    def look() -> str | None:
        status = str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        return None if status.endswith("IN_PROGRESS") else status

    return eventually(look, f"{name} at rest")


def test_a_bucket_that_holds_anything_is_not_deleted(account: Account) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "holds-something"}}
    assert deploy(account, "with-bucket", {"Bucket": bucket}) == "CREATE_COMPLETE"
    s3, client = account.client("s3"), account.client("cloudformation")
    s3.put_object(Bucket="holds-something", Key="x", Body=b"1")

    client.delete_stack(StackName="with-bucket")

    assert until_it_rests(account, "with-bucket") == "DELETE_FAILED"
    events = client.describe_stack_events(StackName="with-bucket")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("The bucket you tried to delete is not empty" in reason for reason in reasons)
    assert s3.get_object(Bucket="holds-something", Key="x")["Body"].read() == b"1"


def test_what_is_to_be_retained_outlives_its_stack(account: Account) -> None:
    """AWS documents: with DeletionPolicy: Retain the stack is deleted and the resource stays, contents included."""
    resources = {
        name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name.lower()}-bucket"}, **more}
        for name, more in (("Retained", {"DeletionPolicy": "Retain"}), ("Ordinary", {}))
    }
    assert deploy(account, "with-retained", resources) == "CREATE_COMPLETE"
    s3, client = account.client("s3"), account.client("cloudformation")
    s3.put_object(Bucket="retained-bucket", Key="x", Body=b"1")
    stack = client.describe_stacks(StackName="with-retained")["Stacks"][0]["StackId"]

    client.delete_stack(StackName="with-retained")

    assert until_it_rests(account, stack) == "DELETE_COMPLETE"
    assert s3.get_object(Bucket="retained-bucket", Key="x")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="ordinary-bucket")


def test_a_log_groups_own_resource_policy_arrives(account: Account) -> None:
    arn = f"arn:aws:logs:eu-central-1:{account.id}:log-group:/own-policy"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{arn}:*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"LogGroupName": "/own-policy", "ResourcePolicyDocument": document}
    deploy(account, "own-policy", {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": properties}})

    logs = account.client("logs")
    (found,) = logs.describe_resource_policies(resourceArn=arn)["resourcePolicies"]
    assert json.loads(found["policyDocument"]) == document
    assert found["policyScope"] == "RESOURCE"


def test_lifecycle_rules_arrive_on_the_bucket(account: Account) -> None:
    rules = [
        {"Id": "parts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {
            "Id": "data",
            "Status": "Enabled",
            "TagFilters": [{"Key": "part", "Value": "data"}],
            "Prefix": "runs/",
            "ExpirationInDays": 30,
        },
        {"Id": "markers", "Status": "Enabled", "Prefix": "runs/", "ExpiredObjectDeleteMarker": True},
    ]
    properties = {"BucketName": "with-rules", "LifecycleConfiguration": {"Rules": rules}}
    deploy(account, "with-rules", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})

    found = account.client("s3").get_bucket_lifecycle_configuration(Bucket="with-rules")["Rules"]

    by_id = {rule["ID"]: rule for rule in found}
    assert by_id["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert by_id["data"]["Expiration"] == {"Days": 30}
    assert by_id["markers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert by_id["data"]["Filter"]["And"]["Tags"] == [{"Key": "part", "Value": "data"}]


def function_and_queue(visibility: int) -> dict[str, Any]:
    read = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    statement = {"Effect": "Allow", "Action": read, "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [LAMBDA_TRUST]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}],
    }
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): return {}"},
        "Timeout": 60,
        "RecursiveLoop": "Allow",
        "FunctionName": f"looping-{visibility}",
    }
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Function"}}
    once = {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0}
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": visibility}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        "Once": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": once},
    }


def test_a_function_keeps_what_the_template_says_about_loops_and_retries(account: Account) -> None:
    assert deploy(account, "looping", function_and_queue(visibility=60)) == "CREATE_COMPLETE"

    client = account.client("lambda")
    assert client.get_function_recursion_config(FunctionName="looping-60")["RecursiveLoop"] == "Allow"
    asynchronous = client.get_function_event_invoke_config(FunctionName="looping-60", Qualifier="$LATEST")
    assert asynchronous["MaximumRetryAttempts"] == 0


def test_a_stack_fails_whose_queue_hides_too_briefly_for_its_function(account: Account) -> None:
    assert deploy(account, "hasty", function_and_queue(visibility=30)) == "ROLLBACK_COMPLETE"

    events = account.client("cloudformation").describe_stack_events(StackName="hasty")["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds" in reasons


NAMED: dict[str, dict[str, Any]] = {
    "AWS::SSM::Parameter": {"Name": "/taken", "Type": "String", "Value": "mine"},
    "AWS::SQS::Queue": {"QueueName": "taken"},
    "AWS::SNS::Topic": {"TopicName": "taken"},
    "AWS::Logs::LogGroup": {"LogGroupName": "/taken"},
    "AWS::Events::EventBus": {"Name": "taken"},
    "AWS::IAM::Role": {
        "RoleName": "taken",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [LAMBDA_TRUST]},
    },
}


def test_a_name_that_another_stack_has_is_refused_and_the_roll_back_leaves_it_alone(account: Account) -> None:
    for number, (kind, properties) in enumerate(NAMED.items()):
        resource = {"Type": kind, "Properties": properties}
        assert deploy(account, f"has-names-{number}", {"Named": resource}) == "CREATE_COMPLETE"
        assert deploy(account, f"wants-names-{number}", {"Named": resource}) == "ROLLBACK_COMPLETE", kind
        events = account.client("cloudformation").describe_stack_events(StackName=f"wants-names-{number}")
        reasons = " ".join(event.get("ResourceStatusReason", "") for event in events["StackEvents"])
        assert f"Resource of type '{kind}' with identifier" in reasons

    assert account.client("ssm").get_parameter(Name="/taken")["Parameter"]["Value"] == "mine"
    assert account.client("sqs").get_queue_url(QueueName="taken")["QueueUrl"]
    assert account.client("events").describe_event_bus(Name="taken")["Name"] == "taken"
    assert account.client("iam").get_role(RoleName="taken")["Role"]["RoleName"] == "taken"
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/taken")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/taken"]
    topics = account.client("sns").list_topics()["Topics"]
    assert [topic for topic in topics if topic["TopicArn"].endswith(":taken")]


def test_a_stack_with_names_is_updated_in_place(account: Account) -> None:
    named = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/updated", "Type": "String", "Value": "first"}}
    assert deploy(account, "updated-names", {"Named": named}) == "CREATE_COMPLETE"
    named["Properties"] = {"Name": "/updated", "Type": "String", "Value": "second"}
    client = account.client("cloudformation")
    client.update_stack(StackName="updated-names", TemplateBody=json.dumps({"Resources": {"Named": named}}))
    assert until_it_rests(account, "updated-names") == "UPDATE_COMPLETE"
    assert account.client("ssm").get_parameter(Name="/updated")["Parameter"]["Value"] == "second"


def test_what_is_retained_except_on_create_goes_with_a_first_deployment_that_fails(account: Account) -> None:
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"}
    fails = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 90_000}, "DependsOn": "Kept"}
    resources = {"Kept": {**kept, "Properties": {"BucketName": "never-there"}}, "Fails": fails}
    assert deploy(account, "failing", resources) == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="404"):
        account.client("s3").head_bucket(Bucket="never-there")

    resources = {"Kept": {**kept, "Properties": {"BucketName": "there-for-good"}}}
    assert deploy(account, "succeeding", resources) == "CREATE_COMPLETE"
    stack = account.client("cloudformation").describe_stacks(StackName="succeeding")["Stacks"][0]["StackId"]
    account.client("cloudformation").delete_stack(StackName="succeeding")
    assert until_it_rests(account, stack) == "DELETE_COMPLETE"
    account.client("s3").head_bucket(Bucket="there-for-good")
