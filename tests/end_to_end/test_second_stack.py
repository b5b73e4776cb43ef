"""A second stack with the same prefix fails at once, and its roll-back leaves the first one alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import REGION
from tests.end_to_end.tide import Tide, eventually

NAME = "second"


def status(cloudformation: Any, stack: str) -> str | None:
    found = str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    return None if found.endswith("IN_PROGRESS") else found


def published(tide: Tide, template: str) -> str:
    """Where CloudFormation finds a template that is too large for a request."""
    tide.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    tide.s3.put_object(Bucket=NAME, Key="template.json", Body=template.encode())
    return f"{tide.cloud.settings.endpoint_url}/{NAME}/template.json"


def test_a_prefix_that_is_taken_fails_before_anything_is_made_and_the_first_stack_goes_on(tide: Tide) -> None:
    client, ssm = tide.cloud.admin.client("cloudformation"), tide.cloud.admin.client("ssm")
    template = client.get_template(StackName="ebb", TemplateStage="Processed")["TemplateBody"]
    first = {one["LogicalResourceId"] for one in client.describe_stack_resources(StackName="ebb")["StackResources"]}
    stack = client.create_stack(
        StackName=NAME,
        TemplateURL=published(tide, template if isinstance(template, str) else json.dumps(template)),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )["StackId"]

    assert eventually(lambda: status(client, stack), "the second stack at rest") == "ROLLBACK_COMPLETE"

    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    touched = {event["LogicalResourceId"] for event in events} - {NAME}
    assert touched == {"PrefixReservation"}
    assert "already exists" in " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert ssm.get_parameter(Name="/ebb/ebb")["Parameter"]["Value"] == "ebb"
    assert {
        one["LogicalResourceId"] for one in client.describe_stack_resources(StackName="ebb")["StackResources"]
    } == first
    described = json.loads(ssm.get_parameter(Name="/ebb/ebb/stack")["Parameter"]["Value"])
    assert (described["stack"], described["bucket"]) == ("ebb", tide.bucket)
    assert described["url"].endswith("/")
    for queue in ("ebb-intake", "ebb-deploy", "ebb-confirm"):
        assert tide.cloud.admin.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]


def test_nobody_writes_a_folder_that_is_not_his(tide: Tide) -> None:
    """The administrator stands for people: datasets/ is theirs, runs/ is the functions', report/ nobody's yet."""
    tide.s3.put_object(Bucket=tide.bucket, Key="journal/ebb/by-hand.jsonl", Body=b"{}")
    for key in ("runs/abalone/planted.json", "report/planted.html", "scored/planted.csv", "adopted/planted.json"):
        with pytest.raises(ClientError, match="AccessDenied"):
            tide.s3.put_object(Bucket=tide.bucket, Key=key, Body=b"x")
