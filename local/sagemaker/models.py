"""Models and endpoint configs: entries that are created, described, listed and deleted, and never change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from local.sagemaker import events, listing, production_variants
from local.sagemaker.authorization import arn_of
from local.sagemaker.errors import Invalid
from local.sagemaker.role import must_have_model_data
from local.sagemaker.state import Cloud, Record, World, shown


@dataclass(frozen=True)
class _Kind:
    arn_kind: str
    prefix: str  # ModelName, ModelArn …
    words: str
    records: str
    listed: str
    changed: Callable[[Cloud, World, Record, dict[str, str]], None]

    def existing(self, world: World, name: str) -> Record:
        record: Record | None = getattr(world, self.records).get(name)
        if record is None:
            raise self.missing(world, name)
        return record

    def missing(self, world: World, name: str) -> Invalid:
        return Invalid(f'Could not find {self.words} "{arn_of(world, self.arn_kind, name)}".')

    def must_be_new(self, world: World, name: str) -> str:
        """Its ARN. Names that differ in capitals only have the same one."""
        arn = arn_of(world, self.arn_kind, name)
        if arn in world.tags:
            raise Invalid(f'Cannot create already existing {self.words} "{arn}".')
        return arn

    def create(self, cloud: Cloud, world: World, request: Record) -> Record:
        with world.lock:
            arn = self.must_be_new(world, request[f"{self.prefix}Name"])
            world.add_tags(arn, request.get("Tags", []))
            record = {key: value for key, value in request.items() if key != "Tags"}
            record |= {f"{self.prefix}Arn": arn, "CreationTime": time.time()}
            getattr(world, self.records)[request[f"{self.prefix}Name"]] = record
            tags = dict(world.tags[arn])
        self.changed(cloud, world, record, tags)
        return {f"{self.prefix}Arn": arn}

    def delete(self, cloud: Cloud, world: World, request: Record) -> Record:
        """Whether an endpoint uses it is not asked."""
        with world.lock:
            record = self.existing(world, request[f"{self.prefix}Name"])
            del getattr(world, self.records)[record[f"{self.prefix}Name"]]
            tags = world.tags.pop(record[f"{self.prefix}Arn"])
        self.changed(cloud, world, record, tags)
        return {}

    def describe(self, world: World, request: Record) -> Record:
        with world.lock:
            return shown(self.existing(world, request[f"{self.prefix}Name"]))

    def list(self, world: World, request: Record) -> Record:
        members = (f"{self.prefix}Name", f"{self.prefix}Arn", "CreationTime")
        with world.lock:
            found, token = listing.page(
                getattr(world, self.records).values(),
                request,
                name=f"{self.prefix}Name",
                summary=lambda record: {member: record[member] for member in members},
            )
        return listing.answer(self.listed, found, token)


MODEL = _Kind("model", "Model", "model", "models", "Models", events.model_changed)
CONFIG = _Kind(
    "endpoint-config",
    "EndpointConfig",
    "endpoint configuration",
    "configs",
    "EndpointConfigs",
    events.endpoint_config_changed,
)


def create_model(cloud: Cloud, world: World, request: Record) -> Record:
    if "PrimaryContainer" not in request and not request.get("Containers"):
        raise Invalid("A model needs a PrimaryContainer, or Containers.")
    if "ExecutionRoleArn" not in request:
        raise Invalid("A model needs an ExecutionRoleArn.")
    with world.lock:
        MODEL.must_be_new(world, request["ModelName"])
    for container in request.get("Containers", []) or [request["PrimaryContainer"]]:
        if "ModelDataUrl" in container:
            must_have_model_data(cloud, world, request["ExecutionRoleArn"], container["ModelDataUrl"])
    return MODEL.create(cloud, world, {"EnableNetworkIsolation": False, **request})


def describe_model(cloud: Cloud, world: World, request: Record) -> Record:
    return MODEL.describe(world, request)


def delete_model(cloud: Cloud, world: World, request: Record) -> Record:
    return MODEL.delete(cloud, world, request)


def list_models(cloud: Cloud, world: World, request: Record) -> Record:
    return MODEL.list(world, request)


def create_config(cloud: Cloud, world: World, request: Record) -> Record:
    for variant in request["ProductionVariants"]:
        if "ModelName" not in variant:
            raise Invalid(f"Variant {variant['VariantName']}: ModelName must be specified.")
        variant.setdefault("InitialVariantWeight", 1.0)
    with world.lock:
        models = {
            variant["ModelName"]: _seen_by_now(cloud, world, variant["ModelName"])
            for variant in request["ProductionVariants"]
        }
        production_variants.must_be_possible(request, models)
    return CONFIG.create(cloud, world, request)


def _seen_by_now(cloud: Cloud, world: World, name: str) -> Record:
    model = MODEL.existing(world, name)
    if time.time() - model["CreationTime"] < cloud.misbehaviour.get("model_delay", 0):
        raise MODEL.missing(world, name)
    return model


def describe_config(cloud: Cloud, world: World, request: Record) -> Record:
    return CONFIG.describe(world, request)


def delete_config(cloud: Cloud, world: World, request: Record) -> Record:
    return CONFIG.delete(cloud, world, request)


def list_configs(cloud: Cloud, world: World, request: Record) -> Record:
    return CONFIG.list(world, request)
