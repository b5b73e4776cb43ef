"""Where ministack is kinder or poorer than AWS, an adapter stands: each test fails without its adapter."""

from __future__ import annotations

import datetime as dt
import json
import time

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.tide import eventually

ALL_S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def versioned_bucket(account: Account, name: str) -> str:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    return name


def test_object_created_carries_the_version_id_and_the_raw_key(account: Account) -> None:
    bucket = versioned_bucket(account, "versions")
    next_event = account.tap("uploads", {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    key = "datasets/a/März 100% + more.csv"

    put = account.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1,2")

    found = next_event()["detail"]["object"]
    assert found["version-id"] == put["VersionId"]
    assert found["key"] == key


def test_a_multipart_object_is_dated_by_its_initiation(account: Account) -> None:
    bucket, s3 = versioned_bucket(account, "multipart"), account.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")
    initiated = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"]
    account.cloud.advance("90s")
    part = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload["UploadId"], PartNumber=1, Body=b"1")
    done = s3.complete_multipart_upload(
        Bucket=bucket,
        Key="big",
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )

    head = s3.head_object(Bucket=bucket, Key="big", VersionId=done["VersionId"])

    assert head["LastModified"].replace(microsecond=0) == initiated.replace(microsecond=0)


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_a_missing_key_is_403_without_list_bucket_and_404_with_it(account: Account, call: str) -> None:
    bucket = versioned_bucket(account, f"probing-{call[:3]}")
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}

    def status(name: str, *statements: dict[str, str]) -> int:
        s3 = account.acting_as(name, *statements)("s3")
        with pytest.raises(ClientError) as refused:
            getattr(s3, call)(Bucket=bucket, Key="model.toml")
        return int(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])

    assert status(f"{call}-reader", read) == 403
    assert status(f"{call}-lister", read, listing) == 404


def test_reading_a_version_needs_its_own_action(account: Account) -> None:
    bucket = versioned_bucket(account, "own-action")
    version = account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"1")["VersionId"]
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3 = account.acting_as("unversioned-reader", read)("s3")

    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key="x", VersionId=version)
    assert s3.head_object(Bucket=bucket, Key="x")["ContentLength"] == 1
    with pytest.raises(ClientError, match="403"):
        s3.head_object(Bucket=bucket, Key="x", VersionId=version)
    versions = {**read, "Action": "s3:GetObjectVersion"}
    reader = account.acting_as("versioned-reader", versions)("s3")
    assert reader.head_object(Bucket=bucket, Key="x", VersionId=version)["VersionId"] == version


def test_put_events_knows_the_condition_key_for_its_source(account: Account) -> None:
    condition = {"StringEquals": {"events:source": "ebb"}}
    put = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*", "Condition": condition}
    events = account.acting_as("speaker", put)("events")
    entry = {"Source": "ebb", "DetailType": "Said", "Detail": "{}"}

    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    for entries in ([{**entry, "Source": "other"}], [entry, {**entry, "Source": "other"}]):
        with pytest.raises(ClientError, match="AccessDenied"):
            events.put_events(Entries=entries)


def test_put_events_knows_the_condition_key_for_its_detail_type(account: Account) -> None:
    condition = {"StringEquals": {"events:detail-type": "Said"}}
    put = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*", "Condition": condition}
    events = account.acting_as("teller", put)("events")
    entry = {"Source": "ebb", "DetailType": "Said", "Detail": "{}"}

    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    for entries in ([{**entry, "DetailType": "Sung"}], [entry, {**entry, "DetailType": "Sung"}]):
        with pytest.raises(ClientError, match="AccessDenied"):
            events.put_events(Entries=entries)


def test_put_metric_data_knows_the_condition_key_for_its_namespace(account: Account) -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": "Ebb"}}
    put = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": condition}
    cloudwatch = account.acting_as("measurer", put)("cloudwatch")
    data = [{"MetricName": "Ticks", "Value": 1}]

    cloudwatch.put_metric_data(Namespace="Ebb", MetricData=data)
    with pytest.raises(ClientError, match="AccessDenied"):
        cloudwatch.put_metric_data(Namespace="Other", MetricData=data)


def test_a_role_session_is_its_role_in_a_bucket_policy(account: Account) -> None:
    bucket = versioned_bucket(account, "one-writer")
    s3 = account.acting_as("writer", ALL_S3)("s3")
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{account.id}:role/writer"}},
        },
    }
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    with pytest.raises(ClientError, match="AccessDenied"):
        account.acting_as("other-writer", ALL_S3)("s3").put_object(Bucket=bucket, Key="x", Body=b"1")


def test_log_events_are_read_with_a_permission_on_the_stream(account: Account) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/jobs")
    for stream in ("ours-1", "theirs-1"):
        logs.create_log_stream(logGroupName="/jobs", logStreamName=stream)
    arn = f"arn:aws:logs:eu-central-1:{account.id}:log-group:/jobs:log-stream:ours-*"
    reader = account.acting_as("log-reader", {"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": arn})(
        "logs"
    )

    assert reader.get_log_events(logGroupName="/jobs", logStreamName="ours-1")["events"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_log_events(logGroupName="/jobs", logStreamName="theirs-1")


def test_lambda_metrics_exist_for_invocations_from_a_queue(account: Account) -> None:
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    take = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    function = account.function(
        "worker", "def handler(event, context): return {}", {"Effect": "Allow", "Action": take, "Resource": arn}
    )
    account.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=arn)

    sqs.send_message(QueueUrl=queue, MessageBody="x")

    eventually(lambda: invocations(account, function) == 1, "one invocation counted")
    account.call(function)
    assert invocations(account, function) == 2


def invocations(account: Account, function: str) -> float:
    now = dt.datetime.now(dt.UTC)
    found = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(days=50),  # the cloud's clock may have been moved
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


LOOK_AROUND = """
import importlib.util, os, sys, tempfile
def handler(event, context):
    names = ("boto3", "xgboost", "numpy", "pytest", "ministack", "aws_lambda_powertools")
    found = [name for name in names if importlib.util.find_spec(name)]
    return {"variables": dict(os.environ), "modules": found, "tmp": tempfile.gettempdir()}
"""


def test_a_function_sees_boto3_and_its_own_variables_only(account: Account) -> None:
    seen = account.call(account.function("curious", LOOK_AROUND, GREETING="hello"))

    assert seen["modules"] == ["boto3"]
    assert seen["variables"]["GREETING"] == "hello"
    known = ("AWS_", "_", "LAMBDA_", "GREETING", "PATH", "LANG", "LC_", "TZ", "TMPDIR", "PYTHON")
    assert [name for name in seen["variables"] if not name.startswith(known)] == []
    assert "ministack-lambda-curious" in seen["tmp"]


WHAT_TIME = "import os, time\ndef handler(event, context): return time.time(), os.getpid()"


@pytest.mark.parametrize(("minutes", "processes"), [(14, 1), (16, 2)])
def test_a_process_of_a_function_is_kept_for_a_quarter_of_an_hour_and_has_the_clouds_time(
    account: Account, minutes: int, processes: int
) -> None:
    function = account.function(f"kept-{minutes}", WHAT_TIME)
    account.cloud.advance("1s")
    (before, process), began = account.call(function), time.monotonic()

    account.cloud.advance(f"{minutes}m")

    now, later = account.call(function)
    assert 60 * minutes <= now - before < 60 * minutes + (time.monotonic() - began) + 5
    assert len({process, later}) == processes


def test_the_clock_moves_for_the_cloud_and_its_functions_while_clients_sign_with_their_own(account: Account) -> None:
    function = account.function("clock", WHAT_TIME)
    before, _ = account.call(function)
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName="hidden")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x", DelaySeconds=900)

    began = time.monotonic()
    account.cloud.advance("16m")

    moved = account.call(function)[0] - before
    assert 960 <= moved < 960 + (time.monotonic() - began) + 5
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "x"


def test_a_signature_from_any_time_that_the_clock_has_passed_over_is_accepted(account: Account) -> None:
    """A function that is at work while the clock moves signs with the time from before."""
    account.cloud.advance("3h")
    passed = dt.timedelta(seconds=account.cloud.door("clock")["offset_seconds"])
    sts = account.client("sts")

    for since, accepted in (
        (passed / 2, True),
        (-dt.timedelta(hours=1), False),
        (passed + dt.timedelta(hours=1), False),
    ):
        with time_machine.travel(dt.datetime.now(dt.UTC) + since):
            if accepted:
                assert sts.get_caller_identity()["Account"] == account.id
            else:
                with pytest.raises(ClientError, match=r"Signature (expired|not yet current)"):
                    sts.get_caller_identity()


def test_a_wrong_secret_and_an_unknown_key_are_refused(account: Account) -> None:

    settings = account.cloud.settings
    for key, secret in [(settings.access_key, "wrong"), (settings.account, "test"), ("test", "test")]:
        session = boto3.session.Session(key, secret, region_name="eu-central-1")
        buckets = session.client("s3", endpoint_url=settings.endpoint_url).list_buckets
        models = session.client("sagemaker", endpoint_url=settings.endpoint_url).list_models
        for call in (buckets, models):
            with pytest.raises(ClientError, match=r"Signature|InvalidAccessKeyId|UnrecognizedClient"):
                call()
