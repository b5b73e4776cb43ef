"""Requests are refused as AWS refuses them: by the API's own description first, then by its rules."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from local.sagemaker import shapes
from local.sagemaker.service import OPERATIONS
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SERVERLESS, Room, refusal

EMULATED = {
    *(f"{verb}TrainingJob" for verb in ("Create", "Describe", "Stop", "Delete")),
    *(f"{verb}{kind}" for verb in ("Create", "Describe", "Delete") for kind in ("Model", "EndpointConfig", "Endpoint")),
    *("ListTrainingJobs", "ListModels", "ListEndpointConfigs", "ListEndpoints"),
    *("UpdateEndpoint", "AddTags", "ListTags", "DeleteTags", "Search"),
}


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "plane")


def test_every_operation_of_the_contract_is_there() -> None:
    assert OPERATIONS.keys() == EMULATED


def test_every_pattern_of_an_operation_can_be_checked() -> None:
    for operation in EMULATED:
        model = shapes.operation_model(operation)
        assert model is not None
        assert model.input_shape is not None
        for shape in within(model.input_shape, set()):
            if "pattern" in shape.metadata:
                shapes._pattern(shape.metadata["pattern"])


def within(shape: Shape, seen: set[str]) -> list[Shape]:
    if shape.name in seen:
        return []
    seen.add(shape.name)
    inner: list[Shape] = []
    if isinstance(shape, StructureShape):
        inner = list(shape.members.values())
    elif isinstance(shape, ListShape):
        inner = [shape.member]
    elif isinstance(shape, MapShape):
        inner = [shape.key, shape.value]
    return [shape, *(found for each in inner for found in within(each, seen))]


@pytest.mark.parametrize("name", ["create_processing_job", "update_endpoint_weights_and_capacities", "list_pipelines"])
def test_an_operation_that_is_not_emulated_says_so_by_name(room: Room, name: str) -> None:
    code, message = refusal(getattr(room.sagemaker, name))

    assert code == "UnknownOperationException"
    assert name.replace("_", "") in message.lower()


CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/c"}},
}
METRIC = {"Name": "a", "Regex": "b"}
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a required member": ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not"),
    "a pattern": ({"TrainingJobName": "under_score"}, "Value 'under_score' at 'trainingJobName' failed to satisfy"),
    "a trailing hyphen": ({"TrainingJobName": "ends-"}, "satisfy regular expression pattern"),
    "a dot": ({"TrainingJobName": "a.b"}, "satisfy regular expression pattern"),
    "64 characters": ({"TrainingJobName": "a" * 64}, "Member must have length less than or equal to 63"),
    "an enum": (
        {"ResourceConfig": {"InstanceType": "ml.m99.large", "InstanceCount": 1, "VolumeSizeInGB": 1}},
        "Value 'ml.m99.large' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum",
    ),
    "a minimum": ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "value greater than or equal to 1"),
    "a long value": ({"HyperParameters": {"eta": "1" * 2501}}, "length less than or equal to 2500"),
    "too many values": ({"HyperParameters": {f"p{n}": "1" for n in range(101)}}, "length less than or equal to 100"),
    "a role that is none": ({"RoleArn": "arn:aws:iam::123456789012:user/someone"}, "'roleArn' failed to satisfy"),
    "a long variable": ({"Environment": {"A": "x" * 513}}, "length less than or equal to 512"),
    "too many variables": ({"Environment": {f"P{n}": "1" for n in range(101)}}, "length less than or equal to 100"),
    "a long name of a parameter": ({"HyperParameters": {"p" * 257: "1"}}, "length less than or equal to 256"),
    "a parameter that is a number": ({"HyperParameters": {"num_round": 2}}, "can not be converted to a String"),
    "no channel": ({"InputDataConfig": []}, "length greater than or equal to 1"),
    "21 channels": ({"InputDataConfig": [CHANNEL] * 21}, "length less than or equal to 20"),
    "a long type": ({"InputDataConfig": [{**CHANNEL, "ContentType": "t" * 257}]}, "length less than or equal to 256"),
    "a long place": ({"OutputDataConfig": {"S3OutputPath": "s3://b/" + "k" * 1020}}, "less than or equal to 1024"),
    "a place that is none": ({"OutputDataConfig": {"S3OutputPath": "b/c"}}, "satisfy regular expression pattern"),
    "41 metrics": (
        {"AlgorithmSpecification": {"TrainingInputMode": "File", "MetricDefinitions": [METRIC] * 41}},
        "length less than or equal to 40",
    ),
    "28 days": ({"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86400 + 1}}, "MaxRuntimeInSeconds must be less"),
    "spot without a wait": ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds must be equal to or greater"),
    "no algorithm": ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "must name a TrainingImage"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_request_that_breaks_the_model_is_refused_by_the_server(room: Room, case: str) -> None:
    changed, expected = BROKEN[case]

    code, message = refusal(room.sagemaker.create_training_job, **(room.job("broken") | changed))

    assert code == ("SerializationException" if "converted" in expected else "ValidationException")
    assert expected in message


@pytest.mark.parametrize(("name", "fits"), [("a--b", True), ("a_b", False), ("-a", False), ("a-", False)])
def test_a_name_has_letters_digits_and_hyphens_inside(room: Room, name: str, *, fits: bool) -> None:
    for call, member in (
        (room.sagemaker.describe_model, "ModelName"),
        (room.sagemaker.describe_endpoint, "EndpointName"),
        (room.sagemaker.describe_endpoint_config, "EndpointConfigName"),
        (room.sagemaker.describe_training_job, "TrainingJobName"),
    ):
        message = refusal(call, **{member: name})[1]
        assert ("satisfy regular expression pattern" in message) != fits
        assert "less than or equal to 63" in refusal(call, **{member: "a" * 64})[1]


def test_a_containers_variables_and_model_data_have_bounds(room: Room) -> None:
    for container, expected in (
        ({"Environment": {"A": "x" * 1025}}, "length less than or equal to 1024"),
        ({"ModelDataUrl": "s3://b/" + "k" * 1020}, "length less than or equal to 1024"),
        ({"ModelDataUrl": "ftp://b/c"}, "satisfy regular expression pattern"),
    ):
        code, message = refusal(room.model, name="bounded", PrimaryContainer=container)
        assert (code, expected in message) == ("ValidationException", True), message


def test_all_broken_constraints_are_counted(room: Room) -> None:
    _, message = refusal(room.sagemaker.create_endpoint, EndpointName="a_b", EndpointConfigName="c_d")

    assert message.startswith("2 validation errors detected: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "NUMBER_VALUE can not be converted to a String"),
        (True, "TRUE_VALUE can not be converted to a String"),
        (["a"], "Start of list found where not expected"),
        ({}, "Start of structure or map found where not expected."),
    ],
)
def test_a_member_of_another_json_type_cannot_be_read(room: Room, value: Any, expected: str) -> None:
    # botocore sends numbers as they are when it does not check parameters.
    assert refusal(room.sagemaker.describe_model, ModelName=value) == ("SerializationException", expected)


def test_a_text_is_no_number(room: Room) -> None:
    code, message = refusal(room.sagemaker.list_models, MaxResults="ten")

    assert (code, message) == ("SerializationException", "STRING_VALUE can not be converted to an Integer")


SERVERLESS_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "memory between the sizes": ({"MemorySizeInMB": 1536}, "MemorySizeInMB must be one of"),
    "memory above": ({"MemorySizeInMB": 7168}, "value less than or equal to 6144"),
    "concurrency 201": ({"MaxConcurrency": 201}, "value less than or equal to 200"),
    "concurrency 0": ({"MaxConcurrency": 0}, "value greater than or equal to 1"),
    "more provisioned than allowed": ({"ProvisionedConcurrency": 3}, "must not exceed MaxConcurrency"),
    "no provisioned at all": ({"ProvisionedConcurrency": 0}, "value greater than or equal to 1"),
}


@pytest.mark.parametrize("case", SERVERLESS_RULES)
def test_serverless_settings_have_bounds(room: Room, existing_model: str, case: str) -> None:
    changed, expected = SERVERLESS_RULES[case]
    variant = {"VariantName": "a", "ModelName": existing_model, "ServerlessConfig": SERVERLESS | changed}

    code, message = refusal(
        room.sagemaker.create_endpoint_config, EndpointConfigName="bounds", ProductionVariants=[variant]
    )

    assert code == "ValidationException"
    assert expected in message


@pytest.fixture(scope="module")
def existing_model(room: Room) -> str:
    room.model("plane-model")
    return "plane-model"


EXCLUDED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "an instance type": ({"InstanceType": "ml.m5.large"}, {}, "takes no InstanceType"),
    "data capture": (
        {},
        {
            "DataCaptureConfig": {
                "InitialSamplingPercentage": 1,
                "DestinationS3Uri": "s3://b/c",
                "CaptureOptions": [{"CaptureMode": "Input"}],
            }
        },
        "does not support DataCaptureConfig",
    ),
}


@pytest.mark.parametrize("case", EXCLUDED)
def test_a_serverless_variant_excludes(room: Room, existing_model: str, case: str) -> None:
    more, beside, expected = EXCLUDED[case]
    variant = {"VariantName": "a", "ModelName": existing_model, "ServerlessConfig": SERVERLESS} | more

    _, message = refusal(
        room.sagemaker.create_endpoint_config, EndpointConfigName="excluded", ProductionVariants=[variant], **beside
    )

    assert expected in message


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"EnableNetworkIsolation": True}, "network isolation"),
    ],
)
def test_a_serverless_model_excludes(room: Room, more: dict[str, Any], expected: str) -> None:
    name = f"plane-{expected.lower().replace(' ', '-')}"
    room.model(name, **more)

    variant = {"VariantName": "a", "ModelName": name, "ServerlessConfig": SERVERLESS}
    _, message = refusal(room.sagemaker.create_endpoint_config, EndpointConfigName="no", ProductionVariants=[variant])

    assert f"does not support {expected}" in message


def test_two_serverless_variants_are_refused(room: Room, existing_model: str) -> None:
    variants = [{"VariantName": n, "ModelName": existing_model, "ServerlessConfig": SERVERLESS} for n in ("a", "b")]

    _, message = refusal(room.sagemaker.create_endpoint_config, EndpointConfigName="two", ProductionVariants=variants)

    assert message == "Serverless Inference does not support multiple production variants."
