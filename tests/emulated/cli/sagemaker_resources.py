"""What a stack has in SageMaker and its logs, for a removal to find."""

from __future__ import annotations

import io
import zipfile

from tests.emulated.stack import ENDPOINT, NEWER, OLDER, REGION, Stack

LOGS = "/aws/sagemaker/Endpoints/"
SCHEDULE = "ebb-timer"


def placed(stack: Stack, name: str, **tags: str) -> None:
    """An endpoint, with config and model of the same name."""
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    stack.sagemaker.create_model(ModelName=name, Tags=given)
    variants = [{"VariantName": "v", "ModelName": name}]
    stack.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, Tags=given)
    stack.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=given)
    stack.sagemaker.settle(name)


def place_all(stack: Stack) -> None:
    """A live endpoint, a candidate, and a running job of this stack's; their logs."""
    tags = {"ebb:stack": "ebb", "ebb:model": "abalone"}
    placed(stack, NEWER, **tags)
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    stack.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=NEWER, Tags=given)
    stack.sagemaker.settle(ENDPOINT)
    for job in (NEWER, OLDER):
        stack.sagemaker.create_training_job(TrainingJobName=job, Tags=given)
    stack.sagemaker.jobs[OLDER]["TrainingJobStatus"] = "Completed"
    for endpoint in (ENDPOINT, NEWER):
        stack.clients.logs.create_log_group(logGroupName=f"{LOGS}{endpoint}")
    stack.sagemaker.calls.clear()


def groups(stack: Stack) -> list[str]:
    """The endpoints whose logs there are."""
    found = stack.clients.logs.describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]
    return [group["logGroupName"].removeprefix(LOGS) for group in found]


def make_machinery(stack: Stack) -> str:
    """A schedule, and a function that reads the deploy queue; the id of what joins them."""
    session = stack.clients.session
    role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session.client("scheduler").create_schedule(
        Name=SCHEDULE,
        ScheduleExpression="rate(15 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Description="Looks for idle endpoints",
        Target={"Arn": "arn:aws:lambda:eu-central-1:123456789012:function:ebb-tear-down-idle", "RoleArn": role},
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("handler.py", "")
    functions = session.client("lambda")
    functions.create_function(
        FunctionName="ebb-deploy-endpoint",
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
    )
    queue = f"arn:aws:sqs:{REGION}:123456789012:ebb-deploy"
    return functions.create_event_source_mapping(EventSourceArn=queue, FunctionName="ebb-deploy-endpoint")["UUID"]
