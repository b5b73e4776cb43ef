"""Production variants: what a config may ask for, and how DescribeEndpoint shows them."""

from __future__ import annotations

import time

from local.sagemaker.errors import Invalid
from local.sagemaker.state import Record

_MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
_NOT_SERVERLESS = ("DataCaptureConfig", "AsyncInferenceConfig", "ShadowProductionVariants", "ExplainerConfig")


def are_serverless(variants: list[Record]) -> bool:
    return any("ServerlessConfig" in variant for variant in variants)


def must_be_possible(config: Record, models: dict[str, Record]) -> None:
    """What CreateEndpointConfig refuses about its variants; `models` are theirs, by name."""
    variants = config["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise Invalid("Production variant names must be unique within an endpoint configuration.")
    for variant in variants:
        if "ServerlessConfig" in variant:
            _must_be_serverless(config, variant, models[variant["ModelName"]])
        elif "InstanceType" not in variant or "InitialInstanceCount" not in variant:
            raise Invalid(
                f"Variant {variant['VariantName']}: InstanceType and InitialInstanceCount, or ServerlessConfig, "
                "must be specified."
            )


def _must_be_serverless(config: Record, variant: Record, model: Record) -> None:
    name, serverless = variant["VariantName"], variant["ServerlessConfig"]
    if len(config["ProductionVariants"]) > 1:
        raise Invalid("Serverless Inference does not support multiple production variants.")
    if "InstanceType" in variant or "InitialInstanceCount" in variant:
        raise Invalid(f"Variant {name}: a serverless variant takes no InstanceType or InitialInstanceCount.")
    if serverless["MemorySizeInMB"] not in _MEMORY_SIZES:
        raise Invalid(f"Variant {name}: MemorySizeInMB must be one of {list(_MEMORY_SIZES)}.")
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise Invalid(f"Variant {name}: ProvisionedConcurrency must not exceed MaxConcurrency.")
    for unsupported in _NOT_SERVERLESS:
        if unsupported in config:
            raise Invalid(f"Serverless Inference does not support {unsupported}.")
    _must_be_a_serverless_model(model)


def _must_be_a_serverless_model(model: Record) -> None:
    if "VpcConfig" in model:
        raise Invalid(f"Serverless Inference does not support VpcConfig, which model {model['ModelName']} has.")
    if model["EnableNetworkIsolation"]:
        raise Invalid(f"Serverless Inference does not support network isolation, which model {model['ModelName']} has.")
    if len(model.get("Containers", [])) > 1:
        raise Invalid("Serverless Inference does not support inference pipelines.")
    if model.get("PrimaryContainer", {}).get("Mode") == "MultiModel":
        raise Invalid("Serverless Inference does not support multi-model endpoints.")


def with_images(summaries: list[Record], variants: list[Record], models: dict[str, Record]) -> list[Record]:
    """ProductionVariants of DescribeEndpoint: what each runs, beside what it holds."""
    images = {variant["VariantName"]: _images(models.get(variant["ModelName"], {})) for variant in variants}
    return [summary | {"DeployedImages": images[summary["VariantName"]]} for summary in summaries]


def _images(model: Record) -> list[Record]:
    image = model.get("PrimaryContainer", {}).get("Image")
    return [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": time.time()}] if image else []


def pending(config: Record, since: float) -> Record:
    """PendingDeploymentSummary: desired, and not there yet."""
    return {
        "EndpointConfigName": config["EndpointConfigName"],
        "ProductionVariants": [_pending(variant, since) for variant in config["ProductionVariants"]],
        "StartTime": since,
    }


def _pending(variant: Record, since: float) -> Record:
    shown = {
        "VariantName": variant["VariantName"],
        "DesiredWeight": variant["InitialVariantWeight"],
        "VariantStatus": [{"Status": "Creating", "StartTime": since}],
    }
    if serverless := variant.get("ServerlessConfig"):
        return shown | {"DesiredServerlessConfig": serverless}
    return shown | {
        "InstanceType": variant["InstanceType"],
        "DesiredInstanceCount": variant["InitialInstanceCount"],
    }
