"""What becomes of a finished run, for every state in which its endpoint may be."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters
from hypothesis import given
from hypothesis import strategies as st

from ebb.deployment import Decision, EndpointState, config_request, decide, is_newer, model_request
from ebb.settings.model_settings import Endpoint

OLDER = "ebb-abalone-261121000000-zzzzz"
RUN = "ebb-abalone-261122153000-k3v7q"
NEWER = "ebb-abalone-261122153001-aaaaa"
TAGS = [{"Key": "ebb:stack", "Value": "ebb"}]

STATUSES = [
    "OutOfService",
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "InService",
    "Deleting",
    "Failed",
    "UpdateRollbackFailed",
]
configs = st.sampled_from([OLDER, RUN, NEWER, f"{OLDER}-od", f"{RUN}-od", f"{NEWER}-2", "made-by-hand"])


@pytest.mark.parametrize(
    ("status", "config", "pending", "decision"),
    [
        ("InService", RUN, None, Decision.DONE),
        ("InService", OLDER, None, Decision.UPDATE),
        ("InService", f"{OLDER}-od", None, Decision.UPDATE),
        ("InService", "made-by-hand", None, Decision.UPDATE),
        ("InService", NEWER, None, Decision.SUPERSEDED),
        ("InService", f"{NEWER}-2", None, Decision.SUPERSEDED),
        ("Creating", RUN, None, Decision.DONE),
        ("Creating", OLDER, None, Decision.WAIT),
        ("Creating", NEWER, None, Decision.SUPERSEDED),
        # While it is updated, only the pending summary shows what is coming.
        ("Updating", OLDER, RUN, Decision.DONE),
        ("Updating", OLDER, NEWER, Decision.SUPERSEDED),
        ("Updating", RUN, OLDER, Decision.WAIT),
        ("Updating", OLDER, None, Decision.WAIT),
        ("SystemUpdating", OLDER, None, Decision.WAIT),
        ("RollingBack", OLDER, None, Decision.WAIT),
        ("Deleting", RUN, None, Decision.WAIT),
        ("Deleting", NEWER, None, Decision.WAIT),
        ("Failed", RUN, None, Decision.REPLACE_FAILED),
        ("Failed", OLDER, None, Decision.REPLACE_FAILED),
    ],
)
def test_the_decision_follows_status_and_the_config_that_is_coming(
    status: str, config: str, pending: str | None, decision: Decision
) -> None:
    assert decide(RUN, EndpointState(status, config, pending)) is decision


@given(st.sampled_from(STATUSES), configs, st.none() | configs)
def test_every_state_has_a_decision_that_never_replaces_newer_by_older(
    status: str, config: str, pending: str | None
) -> None:
    decision = decide(RUN, EndpointState(status, config, pending))
    assert decision in Decision
    if decision is Decision.UPDATE:
        assert status == "InService"
        assert not is_newer(pending or config, RUN)
    if status not in ("InService", "Failed"):
        assert decision in (Decision.WAIT, Decision.DONE, Decision.SUPERSEDED)


@pytest.mark.parametrize(
    ("config", "newer"),
    [
        (NEWER, True),
        ("ebb-abalone-261122153000-k3v7r", True),
        ("ebb-abalone-261122153000-k3v7a", False),
        (OLDER, False),
        (RUN, False),
        (f"{RUN}-od", False),
        ("", False),
        ("made-by-hand", False),
    ],
)
def test_newer_is_by_upload_time_then_by_hash_and_never_a_foreign_name(config: str, newer: bool) -> None:  # noqa: FBT001
    assert is_newer(config, RUN) is newer


@pytest.mark.parametrize(
    ("described", "state"),
    [
        (
            {"EndpointStatus": "InService", "EndpointConfigName": RUN, "EndpointName": "e"},
            EndpointState("InService", RUN),
        ),
        (
            {
                "EndpointStatus": "Updating",
                "EndpointConfigName": OLDER,
                "PendingDeploymentSummary": {"EndpointConfigName": RUN},
            },
            EndpointState("Updating", OLDER, RUN),
        ),
    ],
)
def test_the_state_is_read_from_what_sagemaker_describes(described: dict[str, Any], state: EndpointState) -> None:
    assert EndpointState.of(described) == state


JOB = {
    "AlgorithmSpecification": {"TrainingImage": "registry/sagemaker-xgboost:3.0-5"},
    "ModelArtifacts": {"S3ModelArtifacts": "s3://ebb-data/runs/abalone/r/output/model.tar.gz"},
}


def test_a_model_is_served_by_the_image_that_trained_it() -> None:
    request = model_request(RUN, JOB, "arn:role", TAGS)
    assert request["ModelName"] == RUN
    assert request["ExecutionRoleArn"] == "arn:role"
    assert request["PrimaryContainer"]["Image"] == "registry/sagemaker-xgboost:3.0-5"
    assert request["PrimaryContainer"]["ModelDataUrl"] == "s3://ebb-data/runs/abalone/r/output/model.tar.gz"
    assert request["Tags"] == TAGS


@pytest.mark.parametrize(
    ("given", "environment"),
    [
        ({}, {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}),
        ({"EBB_A": "b"}, {"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "EBB_A": "b"}),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2"}, {"SAGEMAKER_MODEL_SERVER_WORKERS": "2"}),
    ],
)
def test_the_container_has_one_worker_unless_set_and_the_users_variables(
    given: dict[str, str], environment: dict[str, str]
) -> None:
    request = model_request(RUN, JOB, "arn:role", TAGS, given)
    assert request["PrimaryContainer"]["Environment"] == environment


@pytest.mark.parametrize(
    ("settings", "serverless"),
    [
        (Endpoint(), {"MemorySizeInMB": 2048, "MaxConcurrency": 1}),
        (Endpoint(4096, 20, 0), {"MemorySizeInMB": 4096, "MaxConcurrency": 20}),
        (Endpoint(1024, 5, 2), {"MemorySizeInMB": 1024, "MaxConcurrency": 5, "ProvisionedConcurrency": 2}),
    ],
)
def test_a_config_has_one_serverless_variant(settings: Endpoint, serverless: dict[str, int]) -> None:
    request = config_request(RUN, settings, "0a1b2c3d", TAGS)
    assert request["EndpointConfigName"] == RUN
    assert request["ProductionVariants"] == [
        {"VariantName": "v-0a1b2c3d", "ModelName": RUN, "ServerlessConfig": serverless}
    ]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("CreateModel", model_request(RUN, JOB, "arn:aws:iam::123456789012:role/serving", TAGS)),
        ("CreateEndpointConfig", config_request(RUN, Endpoint(1024, 5, 2), "0a1b2c3d", TAGS)),
    ],
)
def test_the_requests_are_ones_that_sagemaker_knows(operation: str, request_: dict[str, Any]) -> None:
    shape = botocore.session.get_session().get_service_model("sagemaker").operation_model(operation).input_shape
    assert shape is not None
    validate_parameters(request_, shape)
