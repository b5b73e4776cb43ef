"""Any event may come twice: still one job, one endpoint, one announcement."""

from __future__ import annotations

import json

from tests.end_to_end.passing_time import eventually_moved
from tests.end_to_end.tide import ABALONE, Tide, eventually


def test_the_same_upload_event_twice_is_one_job_and_one_endpoint(tide: Tide) -> None:
    version = tide.upload("twice", ABALONE.read_bytes())
    tide.live("twice")
    detail = {
        "bucket": {"name": tide.bucket},
        "object": {"key": "datasets/twice/data.csv", "version-id": version},
    }
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    sqs = tide.cloud.admin.client("sqs")
    sqs.send_message(QueueUrl=tide.outputs["IntakeQueueUrl"], MessageBody=json.dumps(event))

    eventually(lambda: logged(tide, "start-training", "already training", "ebb-twice"), "the second event worked on")
    assert len(tide.jobs("twice")) == 1
    tide.hears("twice", "TrainingStarted", "EndpointLive")


def test_the_same_completion_twice_is_one_endpoint(tide: Tide) -> None:
    tide.upload("once", ABALONE.read_bytes())
    run = tide.live("once")
    before = tide.in_service("once")
    job = tide.sagemaker.describe_training_job(TrainingJobName=run)
    names = {"TrainingJobName": run, "TrainingJobArn": job["TrainingJobArn"], "TrainingJobStatus": "Completed"}
    event = {"source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", "detail": names}

    sqs = tide.cloud.admin.client("sqs")
    sqs.send_message(QueueUrl=tide.outputs["DeployQueueUrl"], MessageBody=json.dumps(event))

    eventually(lambda: logged(tide, "deploy-endpoint", "already decided", run), "the second event worked on")
    assert tide.in_service("once")["LastModifiedTime"] == before["LastModifiedTime"]
    assert [model["ModelName"] for model in tide.sagemaker.list_models(NameContains="ebb-once-")["Models"]] == [run]
    tide.hears("once", "TrainingStarted", "EndpointLive")


def test_the_same_look_twice_is_one_confirmation(tide: Tide) -> None:
    tide.upload("seen", ABALONE.read_bytes())
    run = tide.live("seen")
    look = {"source": "ebb.check", "detail-type": "Check Endpoint", "detail": {"stack": "ebb", "endpoint": "ebb-seen"}}

    sqs = tide.cloud.admin.client("sqs")
    sqs.send_message(QueueUrl=tide.outputs["ConfirmQueueUrl"], MessageBody=json.dumps(look))

    def seen() -> object:
        return logged(tide, "confirm-endpoint", "nothing to confirm", "ebb-seen")

    eventually_moved(tide.cloud, seen, "the second look")  # it waits as long as the first one's outcome is being told
    assert len(logged(tide, "confirm-endpoint", "live", run)) == 1
    tide.hears("seen", "TrainingStarted", "EndpointLive")


def logged(tide: Tide, function: str, outcome: str, name: str) -> list[str]:
    lines = tide.log_lines(f"/aws/lambda/ebb-{function}", f'"{outcome}"')
    return [line for line in lines if name in line]
