"""Metrics, early stopping, the saved model and the errors of xgboost itself, each in a small job."""

from collections.abc import Callable
from typing import Any

import pytest
import xgboost

from local.container.errors import AlgorithmError, UserError
from local.container.training_job import run

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
REGRESSION = {"objective": "reg:squarederror"}


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("[")]


def saved(job: Any) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(job.root / "model" / "xgboost-model")
    return booster


def test_a_round_is_a_line_of_both_channels(job: Any, rows: Callable[..., str], capfd: Any) -> None:
    job.files["validation/data.csv"] = rows()
    run(job.write())
    assert len(lines(capfd.readouterr().out)) == 3


def test_the_numbers_are_those_of_xgboost(job: Any, rows: Callable[..., str], capfd: Any) -> None:
    job.hyperparameters = {"num_round": "2", "base_score": "0.5", "max_depth": "2"}
    ml = job.write()
    run(ml)
    matrix = xgboost.DMatrix(f"{ml.channel('train')}/data.csv?format=csv&label_column=0&delimiter=,")
    history: dict[str, Any] = {}
    parameters = {"base_score": 0.5, "max_depth": 2}
    xgboost.train(parameters, matrix, 2, evals=[(matrix, "train")], evals_result=history, verbose_eval=False)
    expected = [f"[{i}]\ttrain-rmse:{value:.5f}" for i, value in enumerate(history["train"]["rmse"])]
    assert lines(capfd.readouterr().out) == expected


def test_the_model_is_ubjson_without_a_file_extension(job: Any) -> None:
    run(job.write())
    assert (job.root / "model" / "xgboost-model").read_bytes().startswith(b"{L")
    assert saved(job).num_boosted_rounds() == 3


@pytest.mark.parametrize(
    ("metrics", "columns"),
    [
        ("rmse", ["train-rmse"]),
        ("mae", ["train-rmse", "train-mae"]),
        ("mse,r2", ["train-rmse", "train-mse", "train-r2"]),
        ("mape,rmsle", ["train-mape", "train-rmsle"]),
        ("mphe,mse", ["train-mphe", "train-mse"]),
    ],
)
def test_own_metrics_stand_beside_those_of_xgboost(job: Any, capfd: Any, metrics: str, columns: list[str]) -> None:
    job.files["train/data.csv"] = "1,2,3\n2,3,4\n3,5,6\n"
    job.hyperparameters = {"num_round": "1", **REGRESSION, "eval_metric": metrics}
    run(job.write())
    (line,) = lines(capfd.readouterr().out)
    assert [cell.partition(":")[0] for cell in line.split("\t")[1:]] == columns


def test_accuracy_of_probabilities_is_the_share_of_ones_as_on_aws(job: Any, capfd: Any) -> None:
    job.files["train/data.csv"] = "0,1\n0,2\n0,3\n1,4\n"
    job.hyperparameters = {"num_round": "1", "objective": "binary:logistic", "eval_metric": "accuracy"}
    run(job.write())
    assert lines(capfd.readouterr().out)[0].endswith("train-accuracy:0.25000")


STOPPING = {"num_round": "300", "early_stopping_rounds": "5"}


@pytest.fixture
def noisy(job: Any, rows: Callable[..., str]) -> Any:
    """A job whose validation gets worse long before its last round."""
    job.files["validation/data.csv"] = rows(seed=2).replace("1.", "9.").replace("0.", "-3.")
    return job


@pytest.mark.parametrize("metric", ["rmse", "mape", "r2", "mape,mse"])
def test_early_stopping_keeps_the_best_rounds_only(noisy: Any, capfd: Any, metric: str) -> None:
    noisy.hyperparameters = {**STOPPING, **REGRESSION, "eval_metric": metric}
    run(noisy.write())
    printed = lines(capfd.readouterr().out)
    assert len(printed) < 300
    assert saved(noisy).num_boosted_rounds() == len(printed) - 5


def test_early_stopping_is_ignored_without_a_metric(noisy: Any, capfd: Any) -> None:
    noisy.hyperparameters = {**STOPPING, **REGRESSION}
    run(noisy.write())
    assert len(lines(capfd.readouterr().out)) == 300


def test_early_stopping_is_ignored_without_validation(job: Any, capfd: Any) -> None:
    job.hyperparameters = {**STOPPING, **REGRESSION, "eval_metric": "rmse"}
    run(job.write())
    assert len(lines(capfd.readouterr().out)) == 300


def test_a_tuning_metric_decides_before_the_others(noisy: Any, capfd: Any) -> None:
    noisy.hyperparameters = {**STOPPING, "_tuning_objective_metric": "validation:mae"}
    run(noisy.write())
    printed = lines(capfd.readouterr().out)
    assert "validation-mae" in printed[0]
    assert len(printed) < 300


@pytest.mark.parametrize(
    ("train", "hyperparameters", "sentence"),
    [
        pytest.param('"1","2"\n"3","4"\n', {}, "0 feature is supplied.", id="every cell quoted"),
        pytest.param("1,2\nnan,3\n", {}, "Check failed", id="label nan"),
        pytest.param("1,2\ninf,3\n", {}, "Check failed", id="label inf"),
        pytest.param("1,2\n2,3\n", {"tree_method": "gpu_hist"}, "Invalid Input: 'gpu_hist'", id="gpu_hist"),
        pytest.param("0,2\n0,3\n2,4\n", {"objective": "binary:logistic"}, "label must be in (0, 1)", id="label range"),
    ],
)
def test_what_xgboost_cannot_do_is_an_algorithm_error(
    job: Any, train: str, hyperparameters: dict[str, str], sentence: str
) -> None:
    job.files["train/data.csv"] = train
    job.hyperparameters |= hyperparameters
    with pytest.raises(AlgorithmError, match=r"^XGB train call failed with exception:\n") as failure:
        run(job.write())
    assert sentence in str(failure.value)
    assert "Stack trace" not in str(failure.value)


def test_a_wider_validation_is_an_algorithm_error(job: Any) -> None:
    job.files["validation/data.csv"] = "1,2,3,4,5,6\n"
    with pytest.raises(AlgorithmError, match=r"Number of columns does not match number of features in booster\."):
        run(job.write())


def test_a_narrower_validation_is_accepted_silently(job: Any) -> None:
    job.files["validation/data.csv"] = "1,2\n3,4\n"
    run(job.write())


def test_a_metric_for_two_classes_over_three_is_the_users_error(job: Any) -> None:
    job.files["train/data.csv"] = "0,1\n1,2\n2,3\n"
    job.hyperparameters |= {"objective": "multi:softprob", "num_class": "3", "eval_metric": "precision"}
    with pytest.raises(UserError, match=r"^Target is multiclass but average='binary'"):
        run(job.write())
