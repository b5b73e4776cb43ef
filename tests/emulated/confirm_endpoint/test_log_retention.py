"""SageMaker makes a log group for each endpoint and keeps it for ever; Ebb gives it an end."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.aws.endpoint_logs import EndpointLog
from ebb.errors import WaitError
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)


class RefusingLogs:
    """CloudWatch Logs that answers every call with this error, as often as it is asked to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), list[dict[str, Any]]()

    def put_retention_policy(self, **request: Any) -> None:
        self.calls.append(request)
        if self.errors:
            raise self.errors.pop(0)


def _logs(runs: Deployments, *endpoints: str) -> None:
    """SageMaker has made their groups."""
    for endpoint in endpoints:
        runs.stack.clients.logs.create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}")


def _kept(runs: Deployments) -> dict[str, int | None]:
    """For how many days, by endpoint."""
    groups = runs.stack.clients.logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/")["logGroups"]
    return {group["logGroupName"].rpartition("/")[2]: group.get("retentionInDays") for group in groups}


def test_what_a_live_endpoint_logs_is_kept_as_long_as_the_stacks_own_logs(runs: Deployments) -> None:
    _logs(runs, ENDPOINT, "ebbtide")
    runs.goes_live(1)
    assert _kept(runs) == {ENDPOINT: 30, "ebbtide": None}


def test_a_group_that_is_not_there_yet_gets_its_end_at_the_next_change(runs: Deployments) -> None:
    runs.goes_live(1)
    assert _kept(runs) == {}
    _logs(runs, ENDPOINT)
    runs.goes_live(2)
    assert _kept(runs) == {ENDPOINT: 30}


def test_a_candidate_that_went_live_leaves_no_group(runs: Deployments) -> None:
    runs.was_live(1)
    _logs(runs, ENDPOINT, SECOND)
    runs.goes_live(2)
    assert _kept(runs) == {ENDPOINT: 30}


def test_what_a_candidate_logged_that_was_held_back_can_be_read_for_a_while(runs: Deployments) -> None:
    runs.was_live(1)
    _logs(runs, SECOND)
    ended = runs.trained(2)
    runs.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    runs.deploying.work_on(ended)
    runs.calm()
    assert _kept(runs) == {SECOND: 30}


def test_so_can_what_a_first_deployment_logged_that_failed(runs: Deployments) -> None:
    _logs(runs, ENDPOINT)
    runs.deploying.work_on(runs.trained(1))
    runs.stack.sagemaker.settle(ENDPOINT, "Failed", reason="no space left")
    runs.calm()
    assert (_kept(runs), runs.stack.sagemaker.endpoints) == ({ENDPOINT: 30}, {})


def test_what_is_removed_that_no_row_knows_has_an_end_too_and_only_once(runs: Deployments) -> None:
    runs.was_live(2)
    _logs(runs, FIRST)
    tags = [{"Key": "ebb:stack", "Value": "ebb"}]
    runs.stack.sagemaker.create_endpoint(EndpointName=FIRST, EndpointConfigName=SECOND, Tags=tags)
    runs.stack.sagemaker.settle(FIRST)
    runs.confirm(FIRST)
    assert _kept(runs) == {FIRST: 30}
    runs.stack.sagemaker.settle(FIRST)
    with runs.stack.broken("logs", "PutRetentionPolicy"):
        assert runs.confirm(FIRST)["outcome"] == "removed"


@pytest.mark.parametrize("operation", ["PutRetentionPolicy", "DeleteLogGroup"])
def test_cut_off_before_it_the_next_look_makes_good_for_it(runs: Deployments, operation: str) -> None:
    runs.was_live(1)
    _logs(runs, ENDPOINT, SECOND)
    runs.deploying.work_on(runs.trained(2))
    with runs.stack.broken("logs", operation), pytest.raises(ConnectionError):
        runs.calm()
    assert (runs.row.live_run, runs.row.needs_cleanup) == (SECOND, True)
    runs.confirm()
    assert (_kept(runs), runs.row.needs_cleanup, runs.row.candidate) == ({ENDPOINT: 30}, False, "")
    assert runs.said() == ["EndpointLive"]


@pytest.mark.parametrize("code", ["ThrottlingException", "OperationAbortedException", "ServiceUnavailableException"])
def test_what_passes_is_waited_for(code: str) -> None:
    logs: Any = RefusingLogs(client_error(code, "try again"))
    with pytest.raises(WaitError):
        EndpointLog(logs, ENDPOINT).keep_for(7)
    EndpointLog(logs, ENDPOINT).keep_for(7)
    assert logs.calls == [{"logGroupName": f"/aws/sagemaker/Endpoints/{ENDPOINT}", "retentionInDays": 7}] * 2


def test_what_is_denied_is_an_error() -> None:
    logs: Any = RefusingLogs(client_error("AccessDeniedException", "not authorized"))
    with pytest.raises(ClientError, match="not authorized"):
        EndpointLog(logs, ENDPOINT).keep_for(7)
