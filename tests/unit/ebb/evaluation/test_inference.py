"""What goes to the container and what comes back, and who is to blame when nothing does."""

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from ebb.errors import WaitError
from ebb.evaluation.inference import BusyError, ModelAnswerError, ask
from tests.unit.ebb.evaluation.endpoints import FakeEndpoint, first_cell, refusal


def test_all_rows_go_in_one_request_and_each_has_its_line() -> None:
    endpoint = FakeEndpoint(first_cell)
    call = ask(endpoint.client, "ebb-abalone", ["1,2", "3,4", "-5.5,6"])
    assert call.lines == ("1", "3", "-5.5")
    assert (call.requests, call.variant) == (1, "v-0123abcd")
    assert endpoint.bodies == ["1,2\n3,4\n-5.5,6"]
    assert 0 <= call.seconds < 5


@pytest.mark.parametrize(
    ("row", "sent"),
    [
        (",2,3", "nan,2,3"),
        ("1,,3", "1,nan,3"),
        ("1,2,", "1,2,nan"),
        (",,", "nan,nan,nan"),
        ("1,2,3", "1,2,3"),
        ("nan,-1,", "nan,-1,nan"),
    ],
)
def test_empty_cells_are_sent_as_nan(row: str, sent: str) -> None:
    endpoint = FakeEndpoint(first_cell)
    ask(endpoint.client, "ebb-abalone", [row])
    assert endpoint.bodies == [sent]


def test_rows_of_one_feature_follow_a_line_whose_answer_is_dropped() -> None:
    endpoint = FakeEndpoint(first_cell)
    assert ask(endpoint.client, "ebb-abalone", ["1.5", "-2", "", "nan"]).lines == ("1.5", "-2", "nan", "nan")
    assert endpoint.bodies == ["nan\n1.5\n-2\nnan\nnan"]


@pytest.mark.parametrize("rows", [[f"{row},0" for row in range(1000)], [str(row) for row in range(1000)]])
def test_no_request_is_larger_than_the_limit_and_no_answer_is_lost(rows: list[str]) -> None:
    endpoint = FakeEndpoint(first_cell)
    call = ask(endpoint.client, "ebb-abalone", rows, most_bytes=500)
    assert call.lines == tuple(str(row) for row in range(1000))
    assert max(map(len, endpoint.bodies)) <= 500
    assert call.requests == len(endpoint.bodies) <= len("\n".join(rows)) / 500 * 1.1 + 1


def test_a_row_that_is_larger_than_the_limit_is_asked_alone() -> None:
    endpoint, large = FakeEndpoint(first_cell), "3," + "4" * 50
    assert ask(endpoint.client, "ebb-abalone", [large, "1,2", large, "5,6"], most_bytes=20).lines == (
        "3",
        "1",
        "3",
        "5",
    )
    assert endpoint.bodies == [large, "1,2", large, "5,6"]


def test_the_limit_is_that_of_a_serverless_endpoint() -> None:
    endpoint = FakeEndpoint(first_cell)
    row = "1," + "2" * 1_000_000
    assert ask(endpoint.client, "ebb-abalone", [row] * 9).requests == 3
    assert max(map(len, endpoint.bodies)) <= 4 * 1024**2


@pytest.mark.parametrize(
    ("lines", "expected"), [(["1,2,3"], ("1", "2", "3")), (["1,2,3,4,5,6"], ("1,2", "3,4", "5,6"))]
)
def test_answers_on_one_line_are_shared_out(lines: list[str], expected: tuple[str, ...]) -> None:
    """As images up to 1.2-1 answer."""
    assert ask(FakeEndpoint(lambda _: lines).client, "ebb-abalone", ["1,1", "2,2", "3,3"]).lines == expected


@pytest.mark.parametrize("lines", [[], ["1"], ["1,2,3,4"], ["1", "2"], ["1", "2", "3", "4"]])
def test_a_wrong_number_of_answers_is_the_models_fault(lines: list[str]) -> None:
    with pytest.raises(ModelAnswerError, match=r"^The model gave \d answers? to 3 rows\.$"):
        ask(FakeEndpoint(lambda _: lines).client, "ebb-abalone", ["1,1", "2,2", "3,3"])


def test_no_answer_is_the_models_fault() -> None:
    with pytest.raises(ModelAnswerError, match=r"gave 0 answers to 1 row\."):
        ask(FakeEndpoint(lambda _: []).client, "ebb-abalone", ["1,1"])


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException", http_status=429),
        refusal("ModelNotReadyException", http_status=429),
        refusal("ServiceUnavailable", http_status=503),
        refusal("InternalFailure", http_status=500),
        refusal("InternalDependencyException", http_status=530),
        refusal("SomethingNew", http_status=500),
        refusal("ValidationError", "Endpoint ebb-abalone of account 1 not found."),
        refusal("ModelError", http_status=424, OriginalStatusCode=500, OriginalMessage="<html>"),
        refusal("ModelError", http_status=424, OriginalStatusCode=0, OriginalMessage="Your invocation timed out"),
        ReadTimeoutError(endpoint_url="https://runtime"),
        ConnectTimeoutError(endpoint_url="https://runtime"),
        EndpointConnectionError(endpoint_url="https://runtime"),
    ],
    ids=lambda error: str(error)[:60],
)
def test_what_passes_is_waited_for(error: Exception) -> None:
    with pytest.raises(WaitError, match="ebb-abalone"):
        ask(FakeEndpoint(first_cell, [error]).client, "ebb-abalone", ["1,2"])


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling", "TooManyRequestsException"])
def test_while_it_is_busy_it_is_asked_again_as_often_as_there_are_pauses(code: str) -> None:
    busy, rows = refusal(code, http_status=429), ["1,2"]
    assert ask(FakeEndpoint(first_cell, [busy, busy]).client, "ebb-abalone", rows, pauses=(0, 0)).lines == ("1",)
    with pytest.raises(BusyError, match="ebb-abalone cannot answer now"):
        ask(FakeEndpoint(first_cell, [busy, busy, busy]).client, "ebb-abalone", rows, pauses=(0, 0))


def test_whatever_else_passes_is_not_asked_again_at_once() -> None:
    error = refusal("ModelNotReadyException", http_status=429)
    with pytest.raises(WaitError):
        ask(FakeEndpoint(first_cell, [error]).client, "ebb-abalone", ["1,2"], pauses=(0, 0))


@pytest.mark.parametrize("status", [400, 406, 413, 415, 499])
def test_rows_that_the_model_refuses_are_its_fault(status: int) -> None:
    words = "Unable to evaluate payload provided:\n Number of columns does not match" + " (stack trace)" * 500
    error = refusal("ModelError", http_status=424, OriginalStatusCode=status, OriginalMessage=words)
    with pytest.raises(ModelAnswerError, match=rf"status {status}: Unable to evaluate.*columns") as raised:
        ask(FakeEndpoint(first_cell, [error]).client, "ebb-abalone", ["1,2"])
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("error", [refusal("AccessDeniedException"), refusal("ValidationError", "Wrong name")])
def test_other_errors_escape(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        ask(FakeEndpoint(first_cell, [error]).client, "ebb-abalone", ["1,2"])
    assert raised.value is error
