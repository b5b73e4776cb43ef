"""What tests of the local SageMaker's control plane share: clients, a bucket with a model in it, requests that pass."""

from __future__ import annotations

import io
import tarfile
import tempfile
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import xgboost as xgb
from botocore.config import Config
from botocore.exceptions import ClientError

from local.stack import REGION
from tests.end_to_end.local_cloud.answers import watched
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.tide import eventually

IMAGE = f"492215442770.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0"
SAGEMAKER_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
ECR_REPOSITORY = f"arn:aws:ecr:{REGION}:*:repository/sagemaker-xgboost"
EXECUTION_PERMISSIONS: dict[str, tuple[str | list[str], str]] = {
    "token": ("ecr:GetAuthorizationToken", "*"),
    "layers": ("ecr:BatchCheckLayerAvailability", ECR_REPOSITORY),
    "download": ("ecr:GetDownloadUrlForLayer", ECR_REPOSITORY),
    "image": ("ecr:BatchGetImage", ECR_REPOSITORY),
    "group": ("logs:CreateLogGroup", "*"),
    "stream": ("logs:CreateLogStream", "*"),
    "events": ("logs:PutLogEvents", "*"),
    "streams": ("logs:DescribeLogStreams", "*"),
    "metrics": ("cloudwatch:PutMetricData", "*"),
    "list": ("s3:ListBucket", "*"),
    "read": ("s3:GetObject", "*"),
    "write": (["s3:PutObject", "s3:AbortMultipartUpload"], "*"),
}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
CSV = "".join(f"{number % 7},{number % 5},{number % 3}\n" for number in range(60))


@cache
def _session() -> Any:
    """One for all clients: it reads each API's model once."""
    return boto3.session.Session(region_name=REGION)


def execution_statements(but: str = "") -> list[dict[str, Any]]:
    """What a SageMaker execution role needs, but for one permission."""
    return [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for name, (action, resource) in EXECUTION_PERMISSIONS.items()
        if name != but
    ]


class Room:
    """The account with one execution role, one bucket, one CSV and one model in it. Names begin with `prefix`."""

    def __init__(self, account: Account, prefix: str) -> None:
        self.account, self.prefix = account, prefix
        settings = account.cloud.settings
        self.sagemaker = self._signed("sagemaker", settings.access_key, settings.secret)

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def acting_as(self, role: str, service: str) -> Any:
        """A client with the role's permissions."""
        given = self._tokens.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self._signed(service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _signed(self, service: str, key: str, secret: str, token: str | None = None) -> Any:
        """Nothing is checked before it is sent: what AWS refuses must be refused on the server."""
        return watched(
            _session().client(
                service,
                endpoint_url=self.account.cloud.settings.endpoint_url,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=Config(parameter_validation=False, retries={"max_attempts": 0}),
            )
        )

    @cached_property
    def _tokens(self) -> Any:
        return self.client("sts")

    @cached_property
    def runtime(self) -> Any:
        settings = self.account.cloud.settings
        return self._signed("sagemaker-runtime", settings.access_key, settings.secret)

    @cached_property
    def role(self) -> str:
        return self.account.role(f"{self.prefix}-execution", *execution_statements(), trust=SAGEMAKER_TRUST)

    @cached_property
    def bucket(self) -> str:
        name, s3 = f"{self.prefix}-bucket", self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=name, Key="train/data.csv", Body=CSV)
        s3.put_object(Bucket=name, Key="model.tar.gz", Body=_archive())
        return name

    def job(self, name: str, **changed: Any) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/train/data.csv"}
        channel = {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": self.role,
            "HyperParameters": {"num_round": "2"},
            "InputDataConfig": [channel],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/jobs"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **changed,
        }

    def model(self, name: str, **changed: Any) -> str:
        without_nginx = {"SAGEMAKER_USE_NGINX": "false"}  # which cannot start on serverless
        data = f"s3://{self.bucket}/model.tar.gz"
        container = {"Image": IMAGE, "ModelDataUrl": data, "Environment": without_nginx}
        request = {"ModelName": name, "ExecutionRoleArn": self.role, "PrimaryContainer": container}
        return str(self.sagemaker.create_model(**{**request, **changed})["ModelArn"])

    def config(self, name: str, model: str, **changed: Any) -> str:
        """Serverless, unless `changed` has other variants."""
        variants = [{"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": SERVERLESS}]
        request = {"EndpointConfigName": name, "ProductionVariants": variants, **changed}
        return str(self.sagemaker.create_endpoint_config(**request)["EndpointConfigArn"])

    def deployed(self, name: str, **tags: str) -> dict[str, Any]:
        """A serverless endpoint in service, with model and config of its name."""
        self.model(name)
        self.config(name, name)
        given = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=given)
        return self.endpoint_in(name, "InService")

    def endpoint_in(self, name: str, *statuses: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = dict(self.sagemaker.describe_endpoint(EndpointName=name))
            return found if found["EndpointStatus"] in statuses else None

        return eventually(look, f"{name} {' or '.join(statuses)}")

    def job_ended(self, name: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = dict(self.sagemaker.describe_training_job(TrainingJobName=name))
            return found if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

        return eventually(look, f"the end of {name}")


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """Code and message of the error that the call must end in."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was accepted")


def _archive() -> bytes:
    """A model of the container's own kind, trained in a moment."""
    rows = np.array([[float(cell) for cell in line.split(",")] for line in CSV.splitlines()])
    booster = xgb.train({"nthread": 1}, xgb.DMatrix(rows[:, 1:], rows[:, 0]), 1)
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        path = Path(folder) / "model.ubj"
        booster.save_model(path)
        tar.add(path, arcname="xgboost-model")
    return buffer.getvalue()
