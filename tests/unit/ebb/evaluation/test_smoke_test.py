"""The smoke test asks all rows and then one again, and finds every way in which an endpoint can be wrong."""

from __future__ import annotations

import random
import re
from dataclasses import asdict

import pytest

from ebb.errors import WaitError
from ebb.evaluation.answers import PAUSES
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_test import SmokeTest, smoke_test
from ebb.settings.model_settings import ModelSettings
from ebb.settings.training_and_endpoint import Endpoint
from tests.unit.ebb.evaluation.endpoints import FakeEndpoint, Model, refusal

COUNT = 100
CHANCE = random.Random(5)  # noqa: S311  (numbers for a test)
FEATURES = [CHANCE.uniform(-5, 5) for _ in range(COUNT)]
NOISE = [CHANCE.gauss(0, 1) for _ in range(COUNT)]
ROWS = SmokeRows(tuple(map(sum, zip(FEATURES, NOISE, strict=True))), tuple(f"{one},7" for one in FEATURES))
REPORTED = {"train:rmse": 0.5, "validation:rmse": 1.0}
SETTINGS = ModelSettings()


def honest(lines: list[str]) -> list[float]:
    return [float(line.split(",")[0]) for line in lines]


def result_of(model: Model) -> SmokeTest:
    return smoke_test(FakeEndpoint(model).client, "ebb-abalone", ROWS, SETTINGS, REPORTED)


def test_an_honest_model_passes_with_its_figures() -> None:
    endpoint = FakeEndpoint(honest)
    test = smoke_test(endpoint.client, "ebb-abalone", ROWS, SETTINGS, REPORTED)
    assert test.passed, test.reason
    assert (test.metric, test.reported, test.rows, test.calls) == ("validation:rmse", 1.0, COUNT, 2)
    assert test.measured == pytest.approx(1, abs=0.2)
    assert test.answers is not None
    assert test.answers.scores == tuple(FEATURES)
    assert test.cold_seconds > 0
    assert test.warm_seconds > 0
    assert endpoint.bodies[1] == ROWS.features[0]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda lines: [2 * answer for answer in honest(lines)], "not within"),
        (lambda lines: [-answer for answer in honest(lines)], "not within"),
        (lambda lines: [3.5] * len(lines), r"not within .* the same answer, 3\.5\.$"),
        (lambda lines: [answer + 3 * (row > 0) for row, answer in enumerate(honest(lines))], "not within"),
        (lambda lines: sorted(honest(lines)), r"^The first row was answered with \[-4\.9"),
        (lambda lines: ["nan"] * len(lines), r"row 0 is 'nan', which is not finite"),
        (lambda lines: [*honest(lines)[:-1], "inf"], r"which is not finite"),
        (lambda lines: ["<html>"] * len(lines), r"row 0 is '<html>', which is not a number"),
        (lambda lines: honest(lines)[1:], r"gave (99|0) answers to (100 rows|1 row)"),
        (lambda lines: honest(lines) * 2, r"gave 200 answers to 100 rows"),
        (lambda _: [], r"gave 0 answers to 100 rows"),
        (lambda lines: [f"{answer},{answer}" for answer in honest(lines)], r"which is not a number"),
    ],
    ids=["another", "inverted", "constant", "moved", "sorted", "nan", "inf", "text", "few", "many", "none", "wide"],
)
def test_a_wrong_model_is_found(model: Model, reason: str) -> None:
    test = result_of(model)
    assert not test.passed
    assert re.search(reason, test.reason), test.reason


def test_a_model_that_answers_differently_the_second_time_is_found() -> None:
    test = result_of(lambda lines: [answer + (len(lines) == 1) for answer in honest(lines)])
    assert not test.passed
    assert test.reason.startswith("The first row was answered with [")
    assert test.answers is not None


def test_the_last_bit_of_an_answer_may_differ() -> None:
    assert result_of(lambda lines: [answer * (1 + 1e-7 * (len(lines) == 1)) for answer in honest(lines)]).passed


def test_rows_that_the_model_refuses_end_the_test() -> None:
    error = refusal("ModelError", http_status=424, OriginalStatusCode=400, OriginalMessage="(3 vs. 4)")
    test = smoke_test(FakeEndpoint(honest, [error]).client, "ebb-abalone", ROWS, SETTINGS, REPORTED)
    assert (test.passed, test.answers, test.calls) == (False, None, 0)
    assert "(3 vs. 4)" in test.reason


def test_an_endpoint_that_cannot_answer_now_is_waited_for() -> None:
    error = refusal("ServiceUnavailable", http_status=503)
    with pytest.raises(WaitError):
        smoke_test(FakeEndpoint(honest, [error]).client, "ebb-abalone", ROWS, SETTINGS, REPORTED)


def test_an_endpoint_that_is_busy_for_a_moment_is_asked_again() -> None:
    error = refusal("ThrottlingException", http_status=429)
    test = smoke_test(FakeEndpoint(honest, [error]).client, "ebb-abalone", ROWS, SETTINGS, REPORTED)
    assert (test.passed, test.calls) == (True, 2), test.reason
    assert test.cold_seconds < min(PAUSES)


def test_the_endpoints_environment_is_respected() -> None:
    """How large a request may be, and what the container answers."""
    environment = {"MAX_CONTENT_LENGTH": "500", "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, predicted_score"}
    endpoint = FakeEndpoint(lambda lines: [f"nan,{answer}" for answer in honest(lines)])
    settings = ModelSettings(endpoint=Endpoint(environment=environment))
    test = smoke_test(endpoint.client, "ebb-abalone", ROWS, settings, REPORTED)
    assert test.passed, test.reason
    assert test.calls == len(endpoint.bodies) > 2
    assert max(map(len, endpoint.bodies)) <= 500


def test_a_result_can_be_written_down() -> None:
    assert asdict(result_of(honest))["answers"]["scores"]
