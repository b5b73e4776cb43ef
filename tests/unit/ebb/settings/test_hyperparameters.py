"""One hyperparameter and the others: other names, defaults, and what is said of them."""

import pytest

from ebb.problems import RefusedError
from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits


def texts_of(body: str, **limits: str) -> dict[str, str]:
    return read_settings(f"[hyperparameters]\n{body}", SettingsLimits(**limits)).hyperparameter_texts  # type: ignore[arg-type]


def said_of(toml: str, version: str = "3.2-0") -> list[str]:
    with pytest.raises(RefusedError) as refused:
        read_settings(toml, SettingsLimits(image_version=version))
    return [problem.problem.removeprefix("model.toml: ") for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("alias", "name"),
    [("learning_rate", "eta"), ("min_split_loss", "gamma"), ("reg_lambda", "lambda"), ("reg_alpha", "alpha")],
)
def test_another_name_replaces_our_default_and_is_sent_as_the_real_one(alias: str, name: str) -> None:
    texts = texts_of(f"{alias} = 0.5")
    assert texts[name] == "0.5"
    assert alias not in texts


def test_the_objective_is_always_sent_because_eval_metric_needs_it() -> None:
    assert texts_of('eval_metric = "rmse"')["objective"] == "auto"


@pytest.mark.parametrize("written", ['"rmse,mae"', '" rmse , mae "', '["rmse", "mae"]', '[" rmse", "mae "]'])
def test_lists_are_sent_as_text_without_spaces(written: str) -> None:
    assert texts_of(f"eval_metric = {written}")["eval_metric"] == "rmse,mae"


@pytest.mark.parametrize(
    ("written", "text"),
    [("7", "7"), ('"7"', "7"), ('" +7 "', "7"), ('"7_0"', "70"), ("0x10", "16")],
)
def test_whole_numbers_are_sent_as_the_container_reads_them(written: str, text: str) -> None:
    assert texts_of(f"num_round = {written}")["num_round"] == text


@pytest.mark.parametrize(("written", "text"), [("true", "true"), ('"true"', "true"), ("false", "false")])
def test_switches_are_sent_as_words(written: str, text: str) -> None:
    assert texts_of(f"save_model_on_termination = {written}")["save_model_on_termination"] == text


def test_a_linear_model_is_not_sent_our_defaults_of_trees() -> None:
    assert texts_of('booster = "gblinear"') == {
        "objective": "auto",
        "num_round": "50",
        "eta": "0.2",
        "booster": "gblinear",
    }


@pytest.mark.parametrize("more", ["", 'eval_metric = "mlogloss"'])
def test_one_wrong_objective_is_one_problem(more: str) -> None:
    body = f'objective = "multi:softmx"\nnum_class = 3\n{more}'
    (said,) = said_of(f'[hyperparameters]\n{body}\n[gate]\nmetric = "validation:mlogloss"\nat_most = 1')
    assert said.startswith("hyperparameters.objective = 'multi:softmx' must be auto or one of reg:squarederror, ")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("learning_rate = 2", "hyperparameters.learning_rate = 2 must be a number from 0 to 1"),
        ("early_stopping_rounds = 3", "would be ignored: the container stops early only if eval_metric is set"),
        ("csv_weights = 1", "hyperparameters.csv_weights = 1 makes the second column a weight; Ebb writes"),
        (
            "n_estimators = 9",
            "hyperparameters.n_estimators = 9 is not taken by the container; its name there is num_round",
        ),
        ("silent = 1", "verbosity = 0 says less"),
        ('eval_metric = ["rmse", "aft-nloglik"]', "has aft-nloglik, which needs survival:aft"),
        ('objective = "binary:logistic"\nnum_class = 2', "is for multi: objectives; the objective is binary:logistic"),
        (
            'objective = "multi:softprob"\nnum_class = 3\neval_metric = "rmse"',
            "has rmse, which does not work with prob",
        ),
        ('objective = "multi:softprob"\nnum_class = 3\neval_metric = "f1_binary"', "is for two classes"),
        (
            'objective = "multi:softprob"\nnum_class = 3\neval_metric = "error@0.3"',
            "has error@0.3, which does not work",
        ),
        ('eval_metric = "' + "rmse," * 600 + 'rmse"', "must be a comma-separated list of the container's metrics"),
        ('scale_pos_weight = 2\nobjective = "count:poisson"', "would be ignored with count:poisson"),
        ('booster = "gblinear"\nupdater = "grow_colmaker"', "must be shotgun or coord_descent with booster"),
    ],
)
def test_a_refusal_says_why(body: str, said: str) -> None:
    (problem,) = said_of(f"[hyperparameters]\n{body}")
    assert said in problem


@pytest.mark.parametrize(
    ("body", "version", "taken"),
    [
        ('objective = "reg:absoluteerror"', "1.7-1", False),
        ('objective = "reg:absoluteerror"', "3.0-5", True),
        ('sampling_method = "gradient_based"', "3.0-5", False),
        ('sampling_method = "gradient_based"', "3.2-0", True),
    ],
)
def test_the_version_of_the_image_decides(body: str, version: str, *, taken: bool) -> None:
    if taken:
        assert texts_of(body, image_version=version)
    else:
        assert len(said_of(f"[hyperparameters]\n{body}", version)) == 1


GATED = '[hyperparameters]\nobjective = "{0}"\n{1}\n[gate]\nmetric = "{2}"\n{3}'


@pytest.mark.parametrize(
    ("gated", "said"),
    [
        (("rank:ndcg", "", "validation:ndcg", "at_least = 0.5"), "which logs ndcg@32: name it in eval_metric"),
        (("binary:logistic", 'eval_metric = "auc"', "train:logloss", "at_most = 1"), "which logs auc: name it"),
        (("reg:gamma", "", "validation:gamma-nloglik", "at_most = 1"), "which logs gamma-deviance"),
        (("reg:squarederror", "", "validation:error@0.3", "at_most = 1"), "metrics without a threshold only"),
        (("reg:squarederror", "", "validation:rmsee", "at_most = 1"), "must be train: or validation: and one of"),
        (("reg:squarederror", "", "train:rmse", "no_worse_than_live = 0"), "set metric = 'validation:rmse'"),
        (("reg:gamma", "", "validation:gamma-deviance", "no_worse_than_live = 0"), "can be computed for rmse, mae, "),
        (("multi:softmax", "num_class = 3", "validation:mlogloss", "no_worse_than_live = 0"), "multi:softprob does"),
    ],
)
def test_a_gate_that_cannot_be_judged_is_refused(gated: tuple[str, ...], said: str) -> None:
    (problem,) = said_of(GATED.format(*gated))
    assert said in problem


def test_a_gate_knows_the_default_metric_of_the_images_version() -> None:
    gate = GATED.format("reg:gamma", "", "validation:gamma-nloglik", "at_most = 1")
    assert read_settings(gate, SettingsLimits(image_version="1.7-1")).gate


def test_a_gate_may_name_the_default_metric_beside_those_of_the_container() -> None:
    gate = GATED.format("binary:logistic", 'eval_metric = "f1"', "validation:logloss", "at_most = 1")
    assert read_settings(gate, SettingsLimits()).gate


def found(body: str, objective: str, num_class: int | None = None) -> list[str]:
    settings = read_settings(f"[hyperparameters]\n{body}", SettingsLimits()).for_task(objective, num_class)
    return [problem.problem.removeprefix("model.toml: ") for problem in settings.misfits()]


@pytest.mark.parametrize(
    ("body", "objective", "num_class", "said"),
    [
        (
            'eval_metric = "auc"',
            "multi:softprob",
            3,
            "hyperparameters.eval_metric = 'auc' has auc, which is for binary:",
        ),
        ("num_class = 3", "binary:logistic", None, "hyperparameters.num_class = 3 is for multi: objectives"),
        ("scale_pos_weight = 2", "multi:softprob", 3, "would be ignored with multi:softprob"),
        ("base_score = 2", "binary:logistic", None, "must be above 0 and below 1"),
        ('[gate]\nmetric = "validation:rmse"\nat_most = 1', "binary:logistic", None, "which logs logloss: name it"),
    ],
)
def test_what_depends_on_the_task_is_judged_when_it_is_found(
    body: str, objective: str, num_class: int | None, said: str
) -> None:
    (problem,) = found(body, objective, num_class)
    assert said in problem


@pytest.mark.parametrize(
    ("body", "objective", "num_class"),
    [
        ('eval_metric = "auc"', "binary:logistic", None),
        ("num_class = 5", "multi:softprob", 5),
        ('[gate]\nmetric = "validation:logloss"\nat_most = 1', "binary:logistic", None),
        ('[gate]\nmetric = "validation:rmse"\nno_worse_than_live = 0', "reg:squarederror", None),
    ],
)
def test_what_goes_with_the_task_that_was_found_is_taken(body: str, objective: str, num_class: int | None) -> None:
    assert found(body, objective, num_class) == []
