"""InvokeEndpoint as AWS documents it: what is forwarded, what comes back, what is refused, what is counted."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import Server
from tests.end_to_end.local_cloud.serving import Serving
from tests.end_to_end.tide import eventually

ALWAYS = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}


@pytest.fixture(scope="module")
def serving(cloud: Server) -> Serving:
    return Serving(cloud, "contract")


@pytest.fixture(scope="module")
def endpoint(serving: Serving) -> str:
    """One for all tests that do not count its calls."""
    return serving.deploy("endpoint")


def refused(serving: Serving, name: str, **call: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as error:
        serving.invoke(name, **call)
    return dict(error.value.response)


def test_an_answer_names_its_variant_and_its_type(serving: Serving, endpoint: str) -> None:
    answer = serving.runtime.invoke_endpoint(EndpointName=endpoint, Body="1,2,3", ContentType="text/csv")

    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert float(answer["Body"].read())


def test_content_type_and_accept_reach_the_container(serving: Serving, endpoint: str) -> None:
    assert serving.invoke(endpoint, Accept="application/json").startswith(b'{"predictions"')
    assert refused(serving, endpoint, Accept="text/plain")["OriginalStatusCode"] == 406
    with pytest.raises(ClientError, match="application/json is not an accepted ContentType"):
        serving.runtime.invoke_endpoint(EndpointName=endpoint, Body="1,2,3", ContentType="application/json")


def test_an_empty_body_is_answered_by_nothing(serving: Serving, endpoint: str) -> None:
    """AWS documents no length for Body; the container answers 204, which is a success."""
    assert serving.invoke(endpoint, b"") == b""


def test_what_is_for_the_model_and_for_the_record_is_accepted(serving: Serving, endpoint: str) -> None:
    given = {"CustomAttributes": "trace=1; person=Ada", "InferenceId": "call-1", "TargetVariant": "AllTraffic"}
    assert serving.invoke(endpoint, **given)


@pytest.mark.parametrize(
    ("member", "longest"), [("CustomAttributes", 1024), ("Accept", 1024), ("InferenceId", 64), ("TargetVariant", 63)]
)
def test_members_that_are_too_long_are_refused(serving: Serving, endpoint: str, member: str, longest: int) -> None:
    error = refused(serving, endpoint, **{member: "a" * (longest + 1)})["Error"]
    assert error["Code"] == "ValidationError"
    assert f"Member must have length less than or equal to {longest}" in error["Message"]


def test_an_error_of_the_container_is_a_model_error_with_its_words(serving: Serving) -> None:
    """AWS documents: ModelError, status 424, with OriginalStatusCode, OriginalMessage and LogStreamArn."""
    name = serving.deploy("model-error")
    error = refused(serving, name, body="1,2,3,4")

    assert error["Error"]["Code"] == "ModelError"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["OriginalStatusCode"] == 400
    assert error["OriginalMessage"].startswith("Unable to evaluate payload provided: ")
    assert error["LogStreamArn"].endswith(f":log-group:/aws/sagemaker/Endpoints/{name}")
    assert error["Error"]["Message"].startswith('Received client error (400) from primary with message "Unable to')
    assert f"group=/aws/sagemaker/Endpoints/{name} in account {serving.cloud.settings.account} for more" in str(error)
    assert serving.datapoints(name, "Invocation4XXErrors") == {"Sum": 1, "SampleCount": 1}


def test_what_the_container_prints_is_in_its_own_log_stream(serving: Serving) -> None:
    """`<variant>/<id>` in `/aws/sagemaker/Endpoints/<endpoint>`; written later than the call, and not waited for."""
    name = serving.deploy("logged")
    refused(serving, name, body="a,b,c")
    logs = serving.client("logs")

    def lines() -> list[str]:
        found = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
        return [event["message"] for event in found if event["logStreamName"].startswith("AllTraffic/")]

    eventually(lambda: any("could not convert string to float" in line for line in lines()), "the line", 45)


def test_an_instance_whose_log_cannot_be_written_serves_on(serving: Serving) -> None:
    name, healthy = serving.deploy("mute"), serving.deploy("heard")
    group = f"/aws/sagemaker/Endpoints/{name}"
    refused(serving, name, body="a,b,c")
    logs = serving.client("logs")
    eventually(lambda: logs.filter_log_events(logGroupName=group)["events"], "the first line", 45)
    logs.delete_log_group(logGroupName=group)

    for _ in range(3):
        assert refused(serving, name, body="a,b,c")["OriginalStatusCode"] == 415
    refused(serving, healthy, body="a,b,c")
    eventually(
        lambda: logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{healthy}")["events"],
        "another container's line, written by the same thread",
        10,
    )


@pytest.mark.parametrize("change", [str.upper, lambda name: f"{name}-2", lambda _: "nobody"])
def test_an_unknown_endpoint_is_a_validation_error(serving: Serving, endpoint: str, change: Any) -> None:
    """AWS documents: names are case-sensitive here; the code is ValidationError, not ValidationException."""
    error = refused(serving, change(endpoint))
    account = serving.cloud.settings.account
    assert error["Error"] == {
        "Code": "ValidationError",
        "Message": f"Endpoint {change(endpoint)} of account {account} not found.",
    }
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_endpoint_answers_neither_before_it_is_in_service_nor_when_it_is_deleted(serving: Serving) -> None:
    name = serving.create("early")
    sentence = f"Endpoint {name} of account {serving.cloud.settings.account} not found."
    assert refused(serving, name)["Error"]["Message"] == sentence
    serving.until(name, "InService")
    assert serving.invoke(name)
    serving.sagemaker.delete_endpoint(EndpointName=name)
    assert refused(serving, name)["Error"]["Message"] == sentence


def test_callers_see_no_error_while_an_endpoint_is_updated(serving: Serving) -> None:
    """The old config answers until the switch, and what it has begun it finishes."""
    name = serving.deploy("updated")
    serving.config(f"{name}-json", **ALWAYS)
    answers: list[bytes] = []
    enough = threading.Event()

    def call() -> None:
        while not enough.is_set():
            answers.append(serving.invoke(name))

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    eventually(lambda: answers, "an answer of the old config")
    serving.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-json")
    updating = serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    asked = len(answers)
    eventually(lambda: len(answers) > asked or None, "answers while it is updated")
    during = answers[asked]
    eventually(lambda: answers[-1].startswith(b"{"), "an answer of the new config")
    enough.set()
    for caller in callers:
        caller.join()

    assert updating == "Updating"
    assert not during.startswith(b"{")
    assert serving.datapoints(name, "Invocations")["Sum"] == len(answers)  # not one was lost, or failed
    assert serving.datapoints(name, "Invocation5XXErrors")["Sum"] == 0


def test_every_call_is_counted_under_both_dimensions_and_nothing_without_a_call(serving: Serving) -> None:
    name = serving.deploy("counted")
    metrics = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency", "OverheadLatency")
    assert all(serving.datapoints(name, metric)["SampleCount"] == 0 for metric in (*metrics, "ModelSetupTime"))

    for body in ("1,2,3", "1,2,3", "a,b,c"):
        try:
            serving.invoke(name, body)
        except ClientError:
            assert body == "a,b,c"

    found = {metric: serving.datapoints(name, metric) for metric in (*metrics, "ModelSetupTime")}
    assert [found[metric]["SampleCount"] for metric in metrics] == [3] * 5
    assert [found[metric]["Sum"] for metric in metrics[:3]] == [3, 1, 0]
    assert 300 < found["ModelLatency"]["Sum"] < 3e6  # microseconds: no call takes less than 100
    assert found["ModelSetupTime"]["SampleCount"] == 1
    assert found["ModelSetupTime"]["Sum"] <= found["OverheadLatency"]["Sum"] < 60e6
    assert serving.datapoints(name, "Invocations", variant="Other")["SampleCount"] == 0
