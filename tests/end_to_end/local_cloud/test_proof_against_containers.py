"""The smoke test against real models in the container: honest ones pass, whatever they learned, and others do not."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import xgboost

from ebb.evaluation.answers import ask_model
from ebb.evaluation.metrics import COMPUTABLE, measure
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.settings.eval_metrics import default_metric, why_it_fails
from ebb.settings.model_settings import ModelSettings
from ebb.settings.training_and_endpoint import Endpoint
from tests.end_to_end.local_cloud.proof_jobs import Job

xgboost.set_config(nthread=1)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")

TRAIN, HELD_OUT, CLASSES = 250, 150, 3
DEFAULTS = {"num_round": 12, "max_depth": 3, "eta": 0.4}
OBJECTIVES = {  # what the labels are, and the metrics that have to be found right
    "reg:squarederror": ("number", {"rmse", "mae", "mse", "mphe"}),
    "reg:linear": ("number", {"rmse"}),
    "reg:pseudohubererror": ("number", {"mphe", "rmse", "mae"}),
    "reg:absoluteerror": ("number", {"mae", "rmse"}),
    "reg:squaredlogerror": ("amount", {"rmsle", "mape"}),
    "reg:gamma": ("amount", {"gamma-deviance", "gamma-nloglik", "mape"}),
    "reg:tweedie": ("amount", {"rmse", "mae"}),
    "count:poisson": ("amount", {"poisson-nloglik", "rmse"}),
    "reg:logistic": ("share", {"rmse", "logloss", "error"}),
    "binary:logistic": ("bit", {"logloss", "error", "auc", "rmse"}),
    "binary:logitraw": ("bit", {"logloss", "error", "auc"}),
    "binary:hinge": ("bit", {"error", "auc"}),
    "multi:softmax": ("class", {"merror", "mae", "rmse", "mse"}),
    "multi:softprob": ("class", {"merror", "mlogloss"}),
    "rank:pairwise": ("bit", {"auc"}),
    "rank:ndcg": ("bit", {"auc"}),
    "rank:map": ("bit", {"auc"}),
    "survival:cox": ("time", {"rmse"}),
}

WITHOUT_A_METRIC = {  # by default: it is no mean over rows, or SageMaker does not report it
    *("reg:tweedie", "rank:pairwise", "rank:ndcg", "rank:map", "survival:cox", "multi:softmax")
}


def labels_of(kind: str, truth: Any) -> Any:
    return {
        "number": lambda: truth,
        "amount": lambda: np.exp(truth / 3),
        "share": lambda: 1 / (1 + np.exp(-truth)),
        "bit": lambda: (truth > 0).astype(int),
        "class": lambda: np.digitize(truth, [-1, 1]),
        "time": lambda: np.exp(truth / 3) * np.where(truth > 1, -1, 1),
    }[kind]()


def table(kind: str, *, shuffled: bool = False) -> list[str]:
    """A label and three features a line. Quarters, which the parsers of training and of serving read alike.

    They differ in the last bit of one number in twenty: an answer in a thousand then comes from another leaf.
    """
    chance = np.random.default_rng(11)
    features = (chance.normal(scale=16, size=(TRAIN + HELD_OUT, 3)).round() / 4).clip(-9.75, 9.75)
    truth = features @ [0.5, -0.4, 0.2] + chance.normal(scale=0.5, size=len(features))
    labels = labels_of(kind, truth)
    if shuffled:
        chance.shuffle(labels)
    return [f"{label:.4g},{','.join(map(str, row))}\n" for label, row in zip(labels, features, strict=True)]


def settings(objective: str, **more: Any) -> ModelSettings:
    classes = {"num_class": CLASSES} if objective.startswith("multi:") else {}
    return ModelSettings(hyperparameters={"objective": objective, **DEFAULTS, **classes, **more})


def asked(objective: str) -> str:
    """Every metric that the container can log for it and Ebb can compute."""
    values = settings(objective).hyperparameters
    kind, _ = OBJECTIVES[objective]
    good = [name for name in sorted(COMPUTABLE) if why_it_fails(name, values) is None]
    return ",".join(name for name in good if kind == "bit" or name != "auc")


@cache
def trained(objective: str, *, shuffled: bool = False) -> Job:
    lines = table(OBJECTIVES[objective][0], shuffled=shuffled)
    files = {"train": "".join(lines[:TRAIN]), "validation": "".join(lines[TRAIN:])}
    return Job.of(settings(objective, **({} if shuffled else {"eval_metric": asked(objective)})), files)


def held_out(objective: str) -> SmokeRows:
    return SmokeRows.of("".join(table(OBJECTIVES[objective][0])[TRAIN:]))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_metric_is_what_the_job_reported(objective: str) -> None:
    """All held-out rows are smoke rows here, so that nothing is left to chance but the log's five decimals."""
    job, rows = trained(objective), held_out(objective)
    _, answers = ask_model(job.endpoint, "ebb-any", rows.features, job.settings)
    measured = {name: measure(name, rows.labels, answers).value for name in asked(objective).split(",")}
    found = {name: value for name, value in measured.items() if np.isfinite(value)}
    assert found.keys() >= OBJECTIVES[objective][1]
    reported = {name: job.reported[f"validation:{name}"] for name in found}
    assert found == pytest.approx(reported, rel=1e-5, abs=6e-6)


def by_its_default(job: Job) -> Job:
    """The same job, had no metric been asked for: the model would be the same."""
    plain = settings(job.settings.objective)
    name = f"validation:{default_metric(plain.hyperparameters, '3.2-0')}"
    return replace(job, settings=plain, reported={name: job.reported.get(name, float("nan"))})


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_honest_model_passes_and_shuffled_labels_do_not(objective: str) -> None:
    honest, rows = by_its_default(trained(objective)), held_out(objective)
    test = honest.tested_as(honest, rows)
    assert test.passed, test.reason
    assert (test.metric is None) is (objective in WITHOUT_A_METRIC)
    wrong = trained(objective, shuffled=True).tested_as(honest, rows)
    assert wrong.passed is (objective in WITHOUT_A_METRIC), wrong.reason


@pytest.mark.parametrize("objective", sorted(WITHOUT_A_METRIC))
def test_without_a_default_metric_one_has_to_be_asked_for(objective: str) -> None:
    honest = trained(objective)
    wrong = trained(objective, shuffled=True).tested_as(honest, held_out(objective))
    assert not wrong.passed
    assert wrong.metric is not None


def sums(cells: str) -> float:
    return 2 * sum(float(cell) for cell in cells.split(",") if cell) + 1


@pytest.mark.parametrize(
    "features",
    [
        ["1.5", "-2", "3.25", "-0.5", "7", ""],
        [",,2", ",1,", "1,,", "-1.5,,", ",-2,5", ",,"],
        ["-1,-2", "1.5,2.5", ",1", "1,", "3,4", "0.25,-8"],
    ],
    ids=["one feature", "empty cells", "two features"],
)
def test_the_container_reads_each_row_as_it_was_meant(features: list[str]) -> None:
    """It guesses the delimiter from the first line, which one number alone would mislead; so each row comes first."""
    training = [features[row % len(features)] for row in range(60)]
    files = {
        "train": "".join(
            f"{sums(row)},{row.removesuffix(',') + (',nan' if row.endswith(',') else '')}\n" for row in training
        )
    }
    job = Job.of(settings("reg:squarederror", min_child_weight=0), files)
    cells = [[float(cell or "nan") for cell in row.split(",")] for row in features]
    expected = job.booster.predict(xgboost.DMatrix(np.array(cells))).tolist()
    assert len(set(expected)) > 3
    for first in range(len(features)):
        order = [*features[first:], *features[:first]]
        _, answers = ask_model(job.endpoint, "ebb-any", order, job.settings)
        assert list(answers.scores) == [*expected[first:], *expected[:first]]


@pytest.mark.parametrize(
    ("objective", "outputs"),
    [
        ("binary:logistic", "predicted_label, probability"),
        ("binary:logistic", "probabilities"),
        ("binary:logitraw", "raw_scores,labels"),
        ("binary:hinge", "predicted_label"),
        ("multi:softmax", "predicted_label"),
        ("multi:softprob", "labels,probabilities"),
        ("reg:squarederror", "predicted_score,probability"),
    ],
)
def test_selected_outputs_are_the_same_answers(objective: str, outputs: str) -> None:
    job, rows = trained(objective), held_out(objective).features
    environment = {"SAGEMAKER_INFERENCE_OUTPUT": outputs, "MAX_CONTENT_LENGTH": "1000"}
    other = replace(job, settings=replace(job.settings, endpoint=Endpoint(environment=environment)))
    call, answers = ask_model(other.endpoint, "ebb-any", rows, other.settings)
    _, plain = ask_model(job.endpoint, "ebb-any", rows, job.settings)
    assert call.requests > 1
    assert np.allclose(answers.probabilities or answers.scores, plain.probabilities or plain.scores, rtol=1e-6)


def test_a_model_of_more_features_is_refused_by_its_container() -> None:
    job = trained("reg:squarederror")
    test = job.tested_as(job, SmokeRows.of("1,2,3,4,5\n2,3,4,5,6\n"))
    assert (test.passed, test.calls) == (False, 0)
    assert re.search(r"refuses the rows with status 400: .*\(3 vs\. 4\)", test.reason)


def test_after_early_stopping_the_best_round_may_be_better_than_reported() -> None:
    lines = table("number")
    noisy = [f"{float(line.partition(',')[0]) * 3:.4g},{line.partition(',')[2]}" for line in lines[TRAIN:]]
    given = settings("reg:squarederror", eval_metric="mae", early_stopping_rounds=4, num_round=60, eta=1)
    job = Job.of(given, {"train": "".join(lines[:TRAIN]), "validation": "".join(noisy)})
    test = job.tested_as(job, SmokeRows.of("".join(noisy)))
    assert test.passed, test.reason
    assert test.measured is not None
    assert test.reported is not None
    assert test.measured < test.reported
