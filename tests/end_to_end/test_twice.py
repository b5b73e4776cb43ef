"""Any event may come twice: still one job, one endpoint, one announcement."""

from __future__ import annotations

import json

from tests.end_to_end.tide import ABALONE, Tide, eventually


def test_the_same_upload_event_twice_is_one_job_and_one_endpoint(tide: Tide) -> None:
    version = tide.upload("twice", ABALONE.read_bytes())
    tide.in_service("twice")
    detail = {
        "bucket": {"name": tide.bucket},
        "object": {"key": "datasets/twice/data.csv", "version-id": version},
    }
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    sqs = tide.cloud.admin.client("sqs")
    sqs.send_message(QueueUrl=tide.outputs["IntakeQueueUrl"], MessageBody=json.dumps(event))

    eventually(lambda: logged(tide, "start-training", "already training", "ebb-twice"), "the second event worked on")
    assert len(tide.jobs("twice")) == 1
    assert [event["detail-type"] for event in tide.announced("twice")] == ["TrainingStarted"]


def test_the_same_completion_twice_is_one_endpoint(tide: Tide) -> None:
    tide.upload("once", ABALONE.read_bytes())
    run = tide.in_service("once")["EndpointConfigName"]
    job = tide.sagemaker.describe_training_job(TrainingJobName=run)
    names = {"TrainingJobName": run, "TrainingJobArn": job["TrainingJobArn"], "TrainingJobStatus": "Completed"}

    sqs = tide.cloud.admin.client("sqs")
    sqs.send_message(QueueUrl=tide.outputs["DeployQueueUrl"], MessageBody=json.dumps({"detail": names}))

    eventually(lambda: logged(tide, "deploy-endpoint", "already there", "ebb-once"), "the second event worked on")
    endpoint = tide.in_service("once")
    assert endpoint["CreationTime"] == endpoint["LastModifiedTime"] or endpoint["EndpointConfigName"] == run
    assert tide.sagemaker.list_models(NameContains="ebb-once-")["Models"][0]["ModelName"] == run


def logged(tide: Tide, function: str, outcome: str, name: str) -> list[str]:
    lines = tide.log_lines(f"/aws/lambda/ebb-{function}", f'"{outcome}"')
    return [line for line in lines if name in line]
