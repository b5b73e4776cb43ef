"""Models and endpoint configs: entries that are created, described, listed and deleted, and never change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from local.sagemaker import listing
from local.sagemaker.authorization import arn_of
from local.sagemaker.errors import Invalid
from local.sagemaker.state import Cloud, Record, World

_MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)


@dataclass(frozen=True)
class _Kind:
    arn_kind: str
    prefix: str  # ModelName, ModelArn …
    words: str
    records: str
    listed: str

    def existing(self, world: World, name: str) -> Record:
        record: Record | None = getattr(world, self.records).get(name)
        if record is None:
            raise Invalid(f'Could not find {self.words} "{arn_of(world, self.arn_kind, name)}".')
        return record

    def create(self, world: World, request: dict[str, Any]) -> Record:
        name = request[f"{self.prefix}Name"]
        arn = arn_of(world, self.arn_kind, name)
        with world.lock:
            if name in getattr(world, self.records):
                raise Invalid(f'Cannot create already existing {self.words} "{arn}".')
            world.add_tags(arn, request.get("Tags", []))
            kept = {key: value for key, value in request.items() if key != "Tags"}
            getattr(world, self.records)[name] = {
                **kept,
                f"{self.prefix}Arn": arn,
                "CreationTime": time.time(),
            }
        return {f"{self.prefix}Arn": arn}

    def delete(self, world: World, request: dict[str, Any]) -> Record:
        with world.lock:
            record = self.existing(world, request[f"{self.prefix}Name"])
            del getattr(world, self.records)[record[f"{self.prefix}Name"]]
            world.tags.pop(record[f"{self.prefix}Arn"], None)
        return {}

    def list(self, world: World, request: dict[str, Any]) -> Record:
        members = (f"{self.prefix}Name", f"{self.prefix}Arn", "CreationTime")
        with world.lock:
            shown, token = listing.page(
                getattr(world, self.records).values(),
                request,
                name=f"{self.prefix}Name",
                summary=lambda record: {member: record[member] for member in members},
            )
        return {self.listed: shown} | ({"NextToken": token} if token else {})


MODEL = _Kind("model", "Model", "model", "models", "Models")
CONFIG = _Kind("endpoint-config", "EndpointConfig", "endpoint configuration", "configs", "EndpointConfigs")


def create_model(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return MODEL.create(world, {"EnableNetworkIsolation": False, **request})


def describe_model(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return MODEL.existing(world, request["ModelName"])


def delete_model(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return MODEL.delete(world, request)


def list_models(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return MODEL.list(world, request)


def create_config(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    for variant in request["ProductionVariants"]:
        MODEL.existing(world, variant.get("ModelName", ""))
        if serverless := variant.get("ServerlessConfig"):
            _check_serverless(request, variant, serverless)
        elif "InstanceType" not in variant:
            raise Invalid(f"InstanceType is required for production variant {variant['VariantName']}.")
    return CONFIG.create(world, request)


def _check_serverless(request: dict[str, Any], variant: Record, serverless: Record) -> None:
    name = variant["VariantName"]
    if len(request["ProductionVariants"]) > 1:
        raise Invalid("Serverless Inference does not support multiple production variants.")
    if "InstanceType" in variant or "InitialInstanceCount" in variant:
        raise Invalid(f"Variant {name}: a serverless variant takes no InstanceType or InitialInstanceCount.")
    if serverless["MemorySizeInMB"] not in _MEMORY_SIZES:
        raise Invalid(f"Variant {name}: MemorySizeInMB must be one of {list(_MEMORY_SIZES)}.")
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise Invalid(f"Variant {name}: ProvisionedConcurrency must not exceed MaxConcurrency.")
    for unsupported in ("DataCaptureConfig", "AsyncInferenceConfig", "ShadowProductionVariants"):
        if unsupported in request:
            raise Invalid(f"Serverless Inference does not support {unsupported}.")


def describe_config(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return CONFIG.existing(world, request["EndpointConfigName"])


def delete_config(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return CONFIG.delete(world, request)


def list_configs(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    return CONFIG.list(world, request)
