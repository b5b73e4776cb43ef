"""Where moto has an operation and does not do as AWS does: the same calls, here and there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SERVERLESS, Room

UNCHECKED = Config(parameter_validation=False)


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    room = Room(account, "unlike")
    room.model("m")
    room.config("c", "m")
    room.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c", Tags=[{"Key": "a", "Value": "1"}])
    room.sagemaker.create_training_job(**room.job("j"))
    room.endpoint_in("e", "InService")
    room.job_ended("j")
    return room


@pytest.fixture(scope="module")
def moto(room: Room) -> Iterator[Any]:
    """moto's SageMaker with the same four resources."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "moto")
        client: Any = boto3.client("sagemaker", region_name="eu-central-1", config=UNCHECKED)
        container = {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}
        client.create_model(ModelName="m", ExecutionRoleArn=room.role, PrimaryContainer=container)
        client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[VARIANT])
        client.create_endpoint(EndpointName="e", EndpointConfigName="c", Tags=[{"Key": "a", "Value": "1"}])
        client.create_training_job(**room.job("j"))
        yield client


VARIANT = {"VariantName": "AllTraffic", "ModelName": "m", "ServerlessConfig": SERVERLESS}
Answer = tuple[str, Any]


def answer(call: Callable[[Any], Any], client: Any) -> Answer:
    """What a call ends in: an error's code, or what was found; whatever moto raises itself by its class."""
    try:
        return "ok", call(client)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    except Exception as error:  # noqa: BLE001  (moto's own errors come through as they are)
        return type(error).__name__, str(error)


def concurrent(client: Any) -> Any:
    variant = VARIANT | {"ServerlessConfig": SERVERLESS | {"MaxConcurrency": 500}}
    client.create_endpoint_config(EndpointConfigName="c500", ProductionVariants=[variant])


def tags_of(client: Any) -> Any:
    arn = client.describe_endpoint(EndpointName="e")["EndpointArn"]
    for value in ("1", "2"):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": value}])
    return client.list_tags(ResourceArn=arn)["Tags"]


def badly_named(client: Any) -> Any:
    client.create_endpoint(EndpointName="under_score", EndpointConfigName="c")


def named_models(client: Any) -> Any:
    return [model["ModelName"] for model in client.list_models(NameContains="named-by-nobody")["Models"]]


def create_again(client: Any) -> Any:
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")


def deleted_at_once(client: Any) -> Any:
    client.create_endpoint(EndpointName="brief", EndpointConfigName="c")
    client.delete_endpoint(EndpointName="brief")


def tag_a_missing_one(client: Any) -> Any:
    arn = client.describe_endpoint(EndpointName="e")["EndpointArn"]
    client.add_tags(ResourceArn=arn + "x", Tags=[{"Key": "a", "Value": "1"}])


def status_of_a_new_one(client: Any) -> Any:
    client.create_endpoint(EndpointName="new", EndpointConfigName="c")
    return client.describe_endpoint(EndpointName="new")["EndpointStatus"]


def job_again(client: Any) -> Any:
    job = client.describe_training_job(TrainingJobName="j")
    kept = ("TrainingJobName", "AlgorithmSpecification", "RoleArn", "OutputDataConfig", "ResourceConfig")
    again = {name: job[name] for name in (*kept, "StoppingCondition", "InputDataConfig") if name in job}
    again["AlgorithmSpecification"] = {
        name: value for name, value in again["AlgorithmSpecification"].items() if name.startswith("Training")
    }
    return client.create_training_job(**again)["TrainingJobArn"]


# AWS documents all of these, or is seen to do them: a call, and the code and a word of its answer there and here.
DIFFERENT: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "UpdateEndpoint is not there": (
        lambda client: client.update_endpoint(EndpointName="e", EndpointConfigName="none"),
        "ValidationException",
        "Could not find endpoint configuration",
    ),
    "StopTrainingJob is not there": (
        lambda client: client.stop_training_job(TrainingJobName="j"),
        "ValidationException",
        "is in status Completed",
    ),
    "DeleteTrainingJob is not there": (
        lambda client: client.delete_training_job(TrainingJobName="none"),
        "ValidationException",
        "Requested resource not found.",
    ),
    "a missing job has other words": (
        lambda client: client.describe_training_job(TrainingJobName="none"),
        "ValidationException",
        "Requested resource not found.",
    ),
    "a second endpoint overwrites the first and its tags": (
        create_again,
        "ValidationException",
        "Cannot create already existing endpoint",
    ),
    "a second job overwrites the first": (job_again, "ResourceInUse", "Job name must be unique"),
    "names are not checked": (badly_named, "ValidationException", "satisfy regular expression pattern"),
    "a concurrency of 500 is accepted": (concurrent, "ValidationException", "less than or equal to 200"),
    "an endpoint is in service at once": (status_of_a_new_one, "ok", "Creating"),
    "an endpoint in progress is deleted": (
        deleted_at_once,
        "ValidationException",
        "Cannot update in-progress endpoint",
    ),
    "tags on what is missing end in a crash": (tag_a_missing_one, "ValidationException", "Could not find"),
    "the filter of ListModels is ignored": (named_models, "ok", "[]"),
    "an equal key is a second tag": (tags_of, "ok", "[{'Key': 'a', 'Value': '2'}]"),
}


@pytest.mark.parametrize("why", DIFFERENT)
def test_moto_answers_otherwise_and_the_local_sagemaker_as_aws(room: Room, moto: Any, why: str) -> None:
    call, code, word = DIFFERENT[why]

    here, there = answer(call, room.sagemaker), answer(call, moto)

    assert (here[0], word in str(here[1])) == (code, True), here
    assert not (there[0] == code and word in str(there[1])), there


def test_moto_completes_a_job_at_once_without_an_artifact_and_with_metrics_of_its_own(room: Room, moto: Any) -> None:
    here = room.sagemaker.describe_training_job(TrainingJobName="j")
    there = moto.describe_training_job(TrainingJobName="j")

    assert [metric["MetricName"] for metric in here["FinalMetricDataList"]] == ["train:rmse"]
    assert [metric["MetricName"] for metric in there["FinalMetricDataList"]] == ["train:progress"]
    assert here["TrainingEndTime"] > here["CreationTime"]


def runtime_of_moto() -> Any:
    return boto3.client("sagemaker-runtime", region_name="eu-central-1", config=UNCHECKED)


@pytest.mark.usefixtures("moto")
def test_moto_answers_a_call_of_an_endpoint_that_is_not_there(room: Room) -> None:
    def invoke(client: Any) -> Any:
        return client.invoke_endpoint(EndpointName="nobody", ContentType="text/csv", Body="1,2")["Body"].read()

    assert answer(invoke, runtime_of_moto())[0] == "ok"
    code, message = answer(invoke, room.client("sagemaker-runtime"))
    assert (code, "not found" in message) == ("ValidationError", True)


def test_moto_drops_the_environment_and_replaces_the_metric_definitions(room: Room, moto: Any) -> None:
    definitions = [{"Name": "train:rmse", "Regex": "train-rmse:(.*)"}]
    request = room.job("own", Environment={"A": "b"})
    request["AlgorithmSpecification"] |= {"MetricDefinitions": definitions}
    for client in (room.sagemaker, moto):
        client.create_training_job(**request)

    here = room.sagemaker.describe_training_job(TrainingJobName="own")
    there = moto.describe_training_job(TrainingJobName="own")

    assert (here["Environment"], here["AlgorithmSpecification"]["MetricDefinitions"]) == ({"A": "b"}, definitions)
    assert "Environment" not in there
    assert [each["Name"] for each in there["AlgorithmSpecification"]["MetricDefinitions"]] == ["test:dcg"]
    room.job_ended("own")


def test_moto_sends_no_event(room: Room, moto: Any) -> None:
    """Put on its bus by hand it arrives; its SageMaker sends none."""
    pattern = '{"source": ["aws.sagemaker", "by.hand"]}'
    events: Any = boto3.client("events", region_name="eu-central-1")
    sqs: Any = boto3.client("sqs", region_name="eu-central-1")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="heard", EventPattern=pattern)
    events.put_targets(Rule="heard", Targets=[{"Id": "q", "Arn": arn}])
    next_event = room.account.tap("unlike-moto", {"source": ["aws.sagemaker"], "detail": {"ModelName": ["heard"]}})

    room.model("heard")
    container = {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}
    moto.create_model(ModelName="heard", ExecutionRoleArn=room.role, PrimaryContainer=container)
    events.put_events(Entries=[{"Source": "by.hand", "DetailType": "x", "Detail": "{}"}])

    assert next_event()["detail-type"] == "SageMaker Model State Change"
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert ["by.hand" in message["Body"] for message in found] == [True]
