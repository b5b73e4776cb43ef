"""`model.toml`: every key has a default; every mistake is named, all in one answer."""

import dataclasses

import pytest

from ebb.environment import StartTrainingSettings
from ebb.problems import MAX_PROBLEMS, MAX_VALUE_LENGTH, Code, Problem, RefusedError
from ebb.settings.gate import Gate
from ebb.settings.hyperparameter_table import HYPERPARAMETERS
from ebb.settings.model_settings import MEMORY_SIZES, Endpoint, Idle, ModelSettings, Training, read_settings
from ebb.settings.training_and_endpoint import SettingsLimits

LIMITS = SettingsLimits(allowed_instance_types="ml.m5.*,ml.c5.*", max_provisioned_concurrency=2)
EVERYTHING = """
header = true
label = "class"
drop = ["id", 7]
validation = 0.1
[hyperparameters]
objective = "multi:softprob"
num_class = 3
learning_rate = "0.1"
eval_metric = ["merror", "mlogloss"]
[training]
instance_type = "ml.c5.2xlarge"
volume_gb = 30
max_runtime_minutes = 240
[endpoint]
memory_mb = 6144
max_concurrency = 20
provisioned_concurrency = 2
environment = { OMP_NUM_THREADS = 2, EBB_OWNER = "us" }
[gate]
metric = "validation:merror"
at_most = 0.2
no_worse_than_live = 0.02
[idle]
after_minutes = 60
keep = true
"""


def problems_of(text: str, limits: SettingsLimits = LIMITS) -> tuple[Problem, ...]:
    with pytest.raises(RefusedError) as refused:
        read_settings(text, limits)
    return refused.value.problems


def test_an_empty_file_means_the_defaults() -> None:
    settings = read_settings("", LIMITS)
    assert settings == ModelSettings()
    assert settings.hyperparameter_texts == {
        "objective": "auto",
        "num_round": "50",
        "max_depth": "5",
        "eta": "0.2",
        "gamma": "4",
        "min_child_weight": "6",
        "subsample": "0.7",
    }
    assert (settings.header, settings.label, settings.drop, settings.validation) == ("auto", None, (), 0.2)
    assert settings.training == Training("ml.m5.xlarge", 10, 60, volume_is_set=False)
    assert settings.endpoint == Endpoint(2048, 1, 0, {})
    assert (settings.gate, settings.idle) == (None, Idle(None, keep=False))
    assert (settings.objective, settings.num_class) == ("auto", None)


def test_what_is_set_is_taken_and_the_rest_keeps_its_default() -> None:
    settings = read_settings(EVERYTHING, LIMITS)
    assert (settings.header, settings.label, settings.drop, settings.validation) == (True, "class", ("id", 7), 0.1)
    assert (settings.objective, settings.num_class) == ("multi:softprob", 3)
    assert settings.hyperparameter_texts["eta"] == "0.1"
    assert settings.hyperparameter_texts["eval_metric"] == "merror,mlogloss"
    assert settings.hyperparameters["max_depth"] == 5
    assert settings.training == Training("ml.c5.2xlarge", 30, 240, volume_is_set=True)
    assert settings.endpoint == Endpoint(6144, 20, 2, {"OMP_NUM_THREADS": "2", "EBB_OWNER": "us"})
    assert settings.gate == Gate("validation:merror", at_most=0.2, no_worse_than_live=0.02)
    assert settings.idle == Idle(60, keep=True)


@pytest.mark.parametrize("text", ["", EVERYTHING])
def test_settings_come_back_from_json_as_they_were(text: str) -> None:
    settings = read_settings(text, LIMITS)
    assert ModelSettings.from_json(settings.as_json() | {"model_toml_version": "v"}) == settings


def test_settings_kept_before_there_were_more_keys_are_read_with_the_defaults_of_those() -> None:
    kept = {
        "validation": 0.1,
        "hyperparameters": {"objective": "reg:squarederror", "num_round": 5},
        "training": {"instance_type": "ml.m5.large", "volume_gb": 20, "max_runtime_minutes": 30},
        "endpoint": {"memory_mb": 1024, "max_concurrency": 2, "provisioned_concurrency": 0},
        "model_toml_version": None,
    }
    settings = ModelSettings.from_json(kept)
    assert settings.training == Training("ml.m5.large", 20, 30, volume_is_set=False)
    assert settings.endpoint == Endpoint(1024, 2, 0, {})
    assert (settings.header, settings.label, settings.drop, settings.gate) == ("auto", None, (), None)


def test_settings_kept_by_a_later_version_are_read_without_what_is_not_known_yet() -> None:
    kept = ModelSettings().as_json()
    kept["training"]["colour"] = "blue"
    assert ModelSettings.from_json(kept | {"weather": "fine"}) == ModelSettings()


@pytest.mark.parametrize("memory", MEMORY_SIZES)
def test_each_memory_size_of_serverless_inference_is_taken(memory: int) -> None:
    assert read_settings(f"[endpoint]\nmemory_mb = {memory}", LIMITS).endpoint.memory_mb == memory


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("validation = 0.51", "validation = 0.51 must be a number from 0 to 0.5"),
        ("validation = true", "validation = true must"),
        ('validation = "0.2"', "validation = '0.2' must"),
        ("spot = true", "spot = true is not a setting: a spot instance"),
        ("[training]\ninstance_count = 2", "training.instance_count = 2 is not a setting: every run trains on one"),
        ("hyperparameters = 5", "hyperparameters = 5 must be a table: [hyperparameters]"),
        ('[training]\ninstance_type = "ml.p5.48xlarge"', "must be one of ml.m5.*, ml.c5.*"),
        ("[training]\nvolume_gb = 0", "training.volume_gb = 0 must be a whole number from 1 to 1024"),
        ("[training]\nmax_runtime_minutes = 241", "from 1 to 240"),
        ("[endpoint]\nmemory_mb = 2000", "must be one of 1024, 2048"),
        ("[endpoint]\nmemory_mb = 1024.0", "endpoint.memory_mb = 1024.0"),
        ("[endpoint]\nprovisioned_concurrency = 2", "from 0 to 1"),
        ("[endpoint]\nmax_concurrency = 9\nprovisioned_concurrency = 3", "from 0 to 2"),
        ("[endpoint]\nenvironment = 1", "endpoint.environment = 1 must be a table"),
        ("[endpoint.environment]\nSAGEMAKER_PROGRAM = 'a.py'", "would make the container run other code than its own"),
        ("[idle]\nafter_minutes = 2026-11-22T07:00:00Z", "idle.after_minutes = 2026-11-22 07:00:00+00:00 must"),
        ("validation = 0x" + "f" * 9000, "validation = a number of thousands of digits must"),
    ],
)
def test_a_mistake_is_refused_by_its_name_and_rule(text: str, place: str) -> None:
    (problem,) = problems_of(text)
    assert problem.code is Code.WRONG_SETTING
    assert place in problem.problem
    assert problem.remedy
    assert problem.line == text.count("\n") + 1
    assert len(str(problem.as_json()["value"])) <= MAX_VALUE_LENGTH


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("validatoin = 0.1", "Did you mean validation?"),
        ("max_depth = 3", "Move it to [hyperparameters]."),
        ("[hyperparameters]\nlabel = 1", "Move it to the top, above the first [table]."),
        ("[idle]\nxyz = 1", "Remove it. Known here: after_minutes, keep."),
        ("[hyperparameters]\nn_estimators = 9", "Remove it."),
        ("[endpoint.environment]\nA = '1'", "Allowed are SAGEMAKER_CONTAINER_LOG_LEVEL"),
    ],
)
def test_the_remedy_of_an_unknown_key_is_the_nearest_thing(text: str, remedy: str) -> None:
    (problem,) = problems_of(text)
    assert problem.remedy.startswith(remedy)


@pytest.mark.parametrize(("text", "line"), [("a = \n", 1), ("a = 1\na = 2", 2), ("a = [1,\n2", 2)])
def test_a_text_that_is_no_toml_is_refused_at_its_line(text: str, line: int) -> None:
    (problem,) = problems_of(text)
    assert problem.problem.startswith("model.toml is not TOML: ")
    assert problem.line == line


def test_all_mistakes_are_named_in_one_answer_in_the_order_of_their_lines() -> None:
    text = "validation = 2\nspot = true\n[endpoint]\nmemory_mb = 1\n[training]\nvolume_gb = 0"
    assert [problem.line for problem in problems_of(text)] == [1, 2, 4, 6]


@pytest.mark.parametrize("names", [[f"x{number}" for number in range(50)], list(HYPERPARAMETERS)])
def test_one_answer_holds_20_mistakes(names: list[str]) -> None:
    assert len(problems_of("[hyperparameters]\n" + "\n".join(f"{name} = -9e99" for name in names))) == MAX_PROBLEMS


def test_the_environment_has_at_most_16_entries() -> None:
    text = "[endpoint.environment]\n" + "\n".join(f"EBB_{number} = 'x'" for number in range(17))
    (problem,) = problems_of(text)
    assert "endpoint.environment.EBB_16" in problem.problem
    assert len(read_settings(text.rpartition("\n")[0], LIMITS).endpoint.environment) == 16


def test_the_stacks_own_instance_types_are_what_counts(limits: StartTrainingSettings) -> None:
    wider = dataclasses.replace(limits, allowed_instance_types="ml.p5.48xlarge,ml.m5.*").limits
    assert read_settings('[training]\ninstance_type = "ml.p5.48xlarge"', wider).training.volume_gb == 10
    (problem,) = problems_of("", dataclasses.replace(LIMITS, allowed_instance_types="ml.c5.*"))
    assert "training.instance_type must be one of ml.c5.*" in problem.problem


def test_the_default_of_the_run_time_is_never_above_the_stacks_limit() -> None:
    short = dataclasses.replace(LIMITS, max_training_minutes=30)
    assert read_settings("", short).training.max_runtime_minutes == 30


@pytest.mark.parametrize(
    "toml",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "validation = " + "9" * 5000,
        "[hyperparameters]\nmonotone_constraints = \"(__import__('os').getpid(),)\"",
        '[hyperparameters]\n"" = 1',
        "[hyperparameters]\n" + "\n".join(f"a{number} = 1" for number in range(5000)),
        '[hyperparameters]\nobjective = "' + "x" * 60_000 + '"',
        "x" * 60_000 + " = 1",
        '[endpoint.environment]\nEBB_A = "\\u0000"',
        "validation = 0.1\na" + ".a" * 30_000 + " = 1",
        "x = { " + "' '. " * 10_000 + "a = 1 }",
        "\n".join(f'[training."{number}"]\nvolume_gb = 0' for number in range(2000)),
    ],
    ids=[
        "deep",
        "long number",
        "code",
        "no name",
        "many",
        "long text",
        "long name",
        "nul",
        "long path",
        "quoted path",
        "many tables",
    ],
)
@pytest.mark.timeout(60)
def test_hostile_settings_are_refused_with_a_short_answer(toml: str) -> None:
    assert sum(len(problem.sentence()) for problem in problems_of(toml)) < 8000
