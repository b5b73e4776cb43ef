"""`model.toml`: every key has a default; every mistake is named, all in one answer."""

import dataclasses

import pytest

from ebb.environment import StartTrainingSettings
from ebb.errors import RefusedError
from ebb.model_settings import MEMORY_SIZES, Endpoint, ModelSettings, Training, read_settings
from ebb.problems import MAX_PROBLEMS, Code

EVERYTHING = """
validation = 0.1
[hyperparameters]
objective = "binary:logistic"
num_round = 200
verbosity = 2
flag = true
[training]
instance_type = "ml.c5.2xlarge"
volume_gb = 30
max_runtime_minutes = 240
[endpoint]
memory_mb = 6144
max_concurrency = 20
provisioned_concurrency = 2
"""


def test_an_empty_file_means_the_defaults(limits: StartTrainingSettings) -> None:
    settings = read_settings("", limits)
    assert settings == ModelSettings()
    assert settings.hyperparameters == {
        "objective": "reg:squarederror",
        "num_round": 50,
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.7,
    }
    assert settings.validation == 0.2
    assert settings.training == Training("ml.m5.xlarge", 10, 60)
    assert settings.endpoint == Endpoint(2048, 1, 0)


def test_what_is_set_is_taken_and_the_rest_keeps_its_default(limits: StartTrainingSettings) -> None:
    settings = read_settings(EVERYTHING, limits)
    assert settings.validation == 0.1
    assert settings.hyperparameters["objective"] == "binary:logistic"
    assert settings.hyperparameters["flag"] is True
    assert settings.hyperparameters["max_depth"] == 5
    assert settings.training == Training("ml.c5.2xlarge", 30, 240)
    assert settings.endpoint == Endpoint(6144, 20, 2)


@pytest.mark.parametrize("text", ["", EVERYTHING])
def test_settings_come_back_from_json_as_they_were(text: str, limits: StartTrainingSettings) -> None:
    settings = read_settings(text, limits)
    assert ModelSettings.from_json(settings.as_json() | {"model_toml_version": "v"}) == settings


@pytest.mark.parametrize("memory", MEMORY_SIZES)
def test_each_memory_size_of_serverless_inference_is_taken(memory: int, limits: StartTrainingSettings) -> None:
    assert read_settings(f"[endpoint]\nmemory_mb = {memory}", limits).endpoint.memory_mb == memory


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("validation = 0.51", "validation = 0.51 must be a number from 0 to 0.5"),
        ("validation = -0.1", "validation = -0.1"),
        ("validation = nan", "validation = nan"),
        ("validation = true", "validation = True"),
        ('validation = "0.2"', "validation = '0.2'"),
        ("spot = true", "spot is not a setting; known are validation, "),
        ("hyperparameters = 5", "hyperparameters = 5 must be a table: [hyperparameters]"),
        ("[hyperparameters]\neta = [1]", "hyperparameters.eta = [1]"),
        ("[hyperparameters]\neta = 2026-11-22", "hyperparameters.eta"),
        ('[training]\ninstance_type = "ml.p5.48xlarge"', "must be one of ml.m5.*, ml.c5.*"),
        ("[training]\ninstance_type = 5", "training.instance_type = 5"),
        ("[training]\ninstance_count = 2", "training.instance_count is not a setting"),
        ("[training]\nvolume_gb = 0", "training.volume_gb = 0 must be a whole number from 1 to 1024"),
        ("[training]\nvolume_gb = 1.5", "training.volume_gb = 1.5"),
        ("[training]\nvolume_gb = true", "training.volume_gb = True"),
        ("[training]\nmax_runtime_minutes = 241", "from 1 to 240"),
        ("[endpoint]\nmemory_mb = 2000", "must be one of 1024, 2048"),
        ("[endpoint]\nmemory_mb = true", "endpoint.memory_mb = True"),
        ("[endpoint]\nmax_concurrency = 201", "from 1 to 200"),
        ("[endpoint]\nprovisioned_concurrency = 2", "from 0 to 1"),
        ("[endpoint]\nmax_concurrency = 9\nprovisioned_concurrency = 3", "from 0 to 2"),
        ("[endpoint]\nenvironment = {}", "endpoint.environment is not a setting"),
        ("validation = ", "model.toml is not TOML"),
    ],
)
def test_a_mistake_is_refused_by_its_name_and_rule(text: str, place: str, limits: StartTrainingSettings) -> None:
    with pytest.raises(RefusedError) as refused:
        read_settings(text, limits)
    (problem,) = refused.value.problems
    assert problem.code is Code.WRONG_SETTING
    assert place in problem.problem
    assert problem.remedy


def test_all_mistakes_are_named_in_one_answer(limits: StartTrainingSettings) -> None:
    text = "validation = 2\nspot = true\n[training]\nvolume_gb = 0\n[endpoint]\nmemory_mb = 1"
    with pytest.raises(RefusedError) as refused:
        read_settings(text, limits)
    named = " ".join(problem.problem for problem in refused.value.problems)
    assert len(refused.value.problems) == 4
    assert all(name in named for name in ("validation", "spot", "training.volume_gb", "endpoint.memory_mb"))


def test_one_answer_holds_20_mistakes(limits: StartTrainingSettings) -> None:
    with pytest.raises(RefusedError) as refused:
        read_settings("\n".join(f"x{number} = 1" for number in range(50)), limits)
    assert len(refused.value.problems) == MAX_PROBLEMS


def test_the_stacks_own_instance_types_are_what_counts(limits: StartTrainingSettings) -> None:
    wider = dataclasses.replace(limits, allowed_instance_types="ml.p5.48xlarge,ml.m5.*")
    settings = read_settings('[training]\ninstance_type = "ml.p5.48xlarge"', wider)
    assert settings.training.instance_type == "ml.p5.48xlarge"


def test_the_default_of_the_run_time_is_never_above_the_stacks_limit(limits: StartTrainingSettings) -> None:
    short = dataclasses.replace(limits, max_training_minutes=30)
    assert read_settings("", short).training.max_runtime_minutes == 30


@pytest.mark.parametrize(
    "toml",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "validation = " + "9" * 5000,
        "[hyperparameters]\nmonotone_constraints = \"(__import__('os').getpid(),)\"",
        '[hyperparameters]\n"" = 1',
        "[hyperparameters]\n" + "\n".join(f"a{number} = 1" for number in range(100)),
        '[hyperparameters]\nobjective = "' + "x" * 500_000 + '"',
    ],
    ids=["deep", "long number", "code", "no name", "many", "long text"],
)
def test_hostile_settings_are_refused_with_a_short_answer(toml: str, limits: StartTrainingSettings) -> None:
    with pytest.raises(RefusedError) as refused:
        read_settings(toml, limits)
    assert sum(len(problem.sentence()) for problem in refused.value.problems) < 2000


def test_constraints_of_numbers_are_taken(limits: StartTrainingSettings) -> None:
    toml = '[hyperparameters]\nmonotone_constraints = "(1,-1, 0)"\ninteraction_constraints = "[[1, 2], [3]]"'
    assert read_settings(toml, limits).hyperparameters["monotone_constraints"] == "(1,-1, 0)"
