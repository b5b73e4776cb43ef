"""What is done about an endpoint, and found of it, in every state in which it may be."""

import datetime as dt
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters
from hypothesis import given
from hypothesis import strategies as st

from ebb.aws.endpoints import DescribedEndpoint
from ebb.deploy_endpoint.configs import config_request, model_request
from ebb.endpoints.decisions import STUCK_AFTER, Finding, Step, finding, next_step
from ebb.ledger.endpoint_row import Reason, Wanted
from ebb.names import is_newer
from ebb.settings.model_settings import Endpoint
from ebb.times import parsed

OLDER = "ebb-abalone-261121000000-zzzzz"
RUN = "ebb-abalone-261122153000-k3v7q"
NEWER = "ebb-abalone-261122153001-aaaaa"
TAGS = [{"Key": "ebb:stack", "Value": "ebb"}]
AT = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
BEFORE, AFTER = (
    parsed("2026-11-22T15:00:00+00:00"),
    parsed("2026-11-22T16:01:00+00:00"),
)  # when the endpoint was last changed
CREATED = AT - dt.timedelta(days=1)
UNSEEN = Wanted(RUN, Reason.PROMOTION, parsed("2026-11-22T16:00:00Z"))
SEEN = Wanted(RUN, Reason.PROMOTION, parsed("2026-11-22T16:00:00Z"), seen_modified=BEFORE)

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


def described(
    status: str,
    config: str,
    pending: str | None = None,
    changed: dt.datetime = BEFORE,
    reason: str = "",
) -> DescribedEndpoint:
    return DescribedEndpoint("ebb-abalone", "arn", status, config, CREATED, changed, pending, reason)


states = st.builds(
    described,
    status=st.sampled_from(STATUSES),
    config=configs,
    pending=st.none() | configs,
    changed=st.sampled_from([BEFORE, AFTER]),
)
wishes = st.sampled_from([UNSEEN, SEEN])


@pytest.mark.parametrize(
    ("status", "config", "pending", "unseen", "unchanged", "changed"),
    [
        ("InService", RUN, None, Step.LOOK, Step.LOOK, Step.LOOK),
        ("InService", OLDER, None, Step.NOTE, Step.UPDATE, Step.LOOK),
        ("InService", "made-by-hand", None, Step.NOTE, Step.UPDATE, Step.LOOK),
        ("InService", f"{RUN}-od", None, Step.NOTE, Step.UPDATE, Step.LOOK),
        ("Creating", RUN, RUN, Step.LOOK, Step.LOOK, Step.LOOK),
        ("Creating", OLDER, OLDER, Step.WAIT, Step.WAIT, Step.WAIT),
        # While it is updated, only the pending summary shows what is coming.
        ("Updating", OLDER, RUN, Step.LOOK, Step.LOOK, Step.LOOK),
        ("Updating", RUN, OLDER, Step.WAIT, Step.WAIT, Step.WAIT),
        ("Updating", OLDER, None, Step.WAIT, Step.WAIT, Step.WAIT),
        ("SystemUpdating", OLDER, None, Step.WAIT, Step.WAIT, Step.WAIT),
        ("RollingBack", OLDER, None, Step.WAIT, Step.WAIT, Step.WAIT),
        ("Deleting", RUN, None, Step.WAIT, Step.WAIT, Step.WAIT),
        (
            "Failed",
            RUN,
            None,
            Step.DELETE,
            Step.DELETE,
            Step.LOOK,
        ),  # an earlier attempt at the same has failed, or this
        ("Failed", OLDER, None, Step.DELETE, Step.DELETE, Step.DELETE),
        ("UpdateRollbackFailed", OLDER, None, Step.NOTE, Step.UPDATE, Step.LOOK),
        ("UpdateRollbackFailed", RUN, None, Step.LOOK, Step.UPDATE, Step.LOOK),
        ("OutOfService", OLDER, None, Step.NOTE, Step.UPDATE, Step.LOOK),
    ],
)
def test_the_next_step_follows_status_config_and_whether_it_has_changed_since_it_was_seen(
    status: str, config: str, pending: str | None, unseen: Step, unchanged: Step, changed: Step
) -> None:
    was, is_now = (described(status, config, pending, at) for at in (BEFORE, AFTER))
    assert (next_step(was, UNSEEN), next_step(was, SEEN), next_step(is_now, SEEN)) == (unseen, unchanged, changed)


def test_what_is_not_there_is_created() -> None:
    assert next_step(None, UNSEEN) is next_step(None, SEEN) is Step.CREATE


@given(states, wishes)
def test_nothing_is_updated_that_was_not_seen_like_this_before(state: DescribedEndpoint, wanted: Wanted) -> None:
    step = next_step(state, wanted)
    if step is Step.UPDATE:
        assert state.changed == wanted.seen_modified
    if step in (Step.UPDATE, Step.NOTE):
        assert state.status in ("InService", "UpdateRollbackFailed", "OutOfService")
    if step is Step.DELETE:
        assert state.status == "Failed"
        assert (state.config, state.changed) != (RUN, AFTER)


@pytest.mark.parametrize(
    ("status", "config", "unchanged", "changed"),
    [
        ("InService", RUN, Finding.READY, Finding.READY),
        ("InService", OLDER, Finding.NOT_ASKED, Finding.TAKEN_BACK),
        ("InService", f"{RUN}-od", Finding.NOT_ASKED, Finding.TAKEN_BACK),
        ("Failed", RUN, Finding.NOT_ASKED, Finding.FAILED),
        ("Failed", OLDER, Finding.NOT_ASKED, Finding.NOT_ASKED),
        ("UpdateRollbackFailed", OLDER, Finding.NOT_ASKED, Finding.FAILED),
        ("UpdateRollbackFailed", RUN, Finding.NOT_ASKED, Finding.FAILED),
        ("Creating", RUN, Finding.WAIT, Finding.WAIT),
        ("Updating", OLDER, Finding.WAIT, Finding.WAIT),
        ("SystemUpdating", RUN, Finding.WAIT, Finding.WAIT),
        ("RollingBack", OLDER, Finding.WAIT, Finding.WAIT),
        ("Deleting", RUN, Finding.WAIT, Finding.WAIT),
    ],
)
def test_a_silent_roll_back_is_told_from_a_change_that_was_not_asked_for_yet(
    status: str, config: str, unchanged: Finding, changed: Finding
) -> None:
    assert finding(described(status, config, changed=BEFORE), SEEN, AT) is unchanged
    assert finding(described(status, config, changed=AFTER), SEEN, AT) is changed


@given(states)
def test_what_was_never_seen_before_was_not_taken_back(state: DescribedEndpoint) -> None:
    assert finding(state, UNSEEN, AT) is not Finding.TAKEN_BACK
    assert finding(None, UNSEEN, AT) is finding(None, SEEN, AT) is Finding.NOT_ASKED


@given(states, wishes)
def test_only_in_service_on_the_wanted_config_is_ready(state: DescribedEndpoint, wanted: Wanted) -> None:
    ready = (state.status, state.config) == ("InService", RUN)
    assert (finding(state, wanted, AT) is Finding.READY) is ready


@pytest.mark.parametrize("status", ["Creating", "Updating", "RollingBack", "Deleting"])
@pytest.mark.parametrize("changed", [BEFORE, AFTER])
def test_what_is_in_between_for_two_hours_is_stuck(status: str, changed: dt.datetime) -> None:
    """Since it was wanted, or since it has last changed, whichever is later."""
    state, begun = described(status, RUN, changed=changed), max(AT, changed)
    assert finding(state, SEEN, begun + STUCK_AFTER) is Finding.WAIT
    assert finding(state, SEEN, begun + STUCK_AFTER + dt.timedelta(seconds=1)) is Finding.STUCK


def test_what_sagemaker_does_by_itself_may_take_as_long_as_it_likes() -> None:
    assert finding(described("SystemUpdating", RUN, changed=BEFORE), SEEN, AT + 12 * STUCK_AFTER) is Finding.WAIT


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
    ("told", "state"),
    [
        (
            {"EndpointStatus": "InService", "EndpointConfigName": RUN},
            described("InService", RUN, changed=AFTER),
        ),
        (
            {
                "EndpointStatus": "Updating",
                "EndpointConfigName": OLDER,
                "PendingDeploymentSummary": {"EndpointConfigName": RUN},
                "FailureReason": "no capacity",
            },
            described("Updating", OLDER, RUN, AFTER, "no capacity"),
        ),
    ],
)
def test_the_state_is_read_from_what_sagemaker_describes(told: dict[str, Any], state: DescribedEndpoint) -> None:
    common = {"EndpointName": "ebb-abalone", "EndpointArn": "arn", "CreationTime": CREATED, "LastModifiedTime": AFTER}
    assert DescribedEndpoint.of(told | common) == state
    assert state.target == RUN


ON_SERVERLESS = {
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
    "SAGEMAKER_USE_NGINX": "false",
    "GUNICORN_CMD_ARGS": "--keep-alive 75",
}
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
        ({}, ON_SERVERLESS),
        ({"EBB_A": "b"}, ON_SERVERLESS | {"EBB_A": "b"}),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2", "SAGEMAKER_USE_NGINX": "true"}, ON_SERVERLESS),
    ],
)
def test_the_container_has_one_worker_no_nginx_and_the_users_variables(
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
