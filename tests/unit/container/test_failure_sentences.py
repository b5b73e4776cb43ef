"""Ebb finds the sentence that matters in what a failing job of the local container prints."""

from typing import Any

import pytest

from ebb.deploy_endpoint.failed_training import failure_sentence


@pytest.mark.parametrize(
    ("hyperparameters", "sentence"),
    [
        ({"num_round": "3", "subsample": "1.7"}, "Hyperparameter subsample: 1.7 is not in (0, 1]"),
        (
            {"num_round": "3", "objective": "multi:softprob", "num_class": "3"},
            "SoftmaxMultiClassObj: label must be discrete values in the range of [0, num_class).",
        ),
    ],
    ids=["hyperparameter", "label"],
)
def test_the_sentence_is_in_the_log_of_a_real_job(job: Any, hyperparameters: dict[str, str], sentence: str) -> None:
    job.hyperparameters = hyperparameters
    with job.start() as process:
        printed, errors = process.communicate()
    assert failure_sentence((printed + errors).splitlines()) == sentence
