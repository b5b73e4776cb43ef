"""The notebook that Ebb comes from, as a script for the SageMaker Python SDK: CSV, model, serverless endpoint.

Runs wherever its environment points: `notebook.py CSV VERSION ROLE`.
"""

# ruff: noqa: T201  (what it prints is what its test reads)

import sys
import time
from typing import Any

import boto3
import sagemaker  # type: ignore[import-not-found]  # in .local/venv/sdk only, like its parts below
from sagemaker.deserializers import BytesDeserializer  # type: ignore[import-not-found]
from sagemaker.estimator import Estimator  # type: ignore[import-not-found]
from sagemaker.inputs import TrainingInput  # type: ignore[import-not-found]
from sagemaker.serializers import CSVSerializer  # type: ignore[import-not-found]
from sagemaker.serverless import ServerlessInferenceConfig  # type: ignore[import-not-found]

ROW = "0,0,1,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "num_round": 50,
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
}


def train(session: Any, role: str, csv: str, version: str) -> Any:
    """Upload, and train on the built-in algorithm with its log streamed to this terminal."""
    data = session.upload_data(csv, key_prefix="abalone/train")
    print("uploaded", data)
    image = sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, version)
    print("image", image)
    estimator = Estimator(
        image,
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{session.default_bucket()}/abalone/output",
        hyperparameters=HYPERPARAMETERS,
        sagemaker_session=session,
    )
    estimator.fit({"train": TrainingInput(data, content_type="text/csv")}, logs=True)
    return estimator


def deploy_with_the_sdk(estimator: Any) -> None:
    """Create model, endpoint config and serverless endpoint, call it, delete all three."""
    predictor = estimator.deploy(
        serverless_inference_config=ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=5),
        serializer=CSVSerializer(),
        deserializer=BytesDeserializer(),
    )
    for warmth in ("cold", "warm"):
        began = time.monotonic()
        say("sdk", warmth, predictor.predict(ROW), began)
    predictor.delete_model()
    predictor.delete_endpoint(delete_endpoint_config=True)


def deploy_with_boto3(role: str, image: str, artifact: str) -> None:
    """Do the same by the calls themselves, with botocore's own waiters."""
    name = "abalone-by-hand"
    control: Any = boto3.client("sagemaker")
    runtime: Any = boto3.client("sagemaker-runtime")
    control.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": image, "ModelDataUrl": artifact}
    )
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = {"VariantName": "AllTraffic", "ModelName": name, "ServerlessConfig": serverless}
    control.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    control.create_endpoint(EndpointName=name, EndpointConfigName=name)
    control.get_waiter("endpoint_in_service").wait(EndpointName=name)
    for warmth in ("cold", "warm"):
        began = time.monotonic()
        answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Accept="text/csv", Body=ROW)
        say("boto3", warmth, answer["Body"].read(), began)
    control.delete_endpoint(EndpointName=name)
    control.get_waiter("endpoint_deleted").wait(EndpointName=name)
    control.delete_endpoint_config(EndpointConfigName=name)
    control.delete_model(ModelName=name)


def say(client: str, warmth: str, answer: bytes, began: float) -> None:
    """Print one answer, as its bytes, with the time it took."""
    print(f"{client} {warmth} {answer!r} after {(time.monotonic() - began) * 1000:.1f} ms")


def main(csv: str, version: str, role: str) -> None:
    """Run the notebook's cells from the first to the last."""
    session = sagemaker.Session()
    estimator = train(session, role, csv, version)
    print("artifact", estimator.model_data)
    deploy_with_the_sdk(estimator)
    deploy_with_boto3(role, estimator.training_image_uri(), estimator.model_data)


if __name__ == "__main__":
    main(*sys.argv[1:])
