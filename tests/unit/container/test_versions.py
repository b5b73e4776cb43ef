"""Images of other versions: tags, defaults, formats. Sources: the image's own repository at each tag, AWS's pages."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from local.container.errors import AlgorithmError, NotEmulatedError, UserError
from local.container.hyperparameters import checked
from local.container.invocations import Container, Request
from local.container.model_formats import write_model
from local.container.scoring import Scoring
from local.container.serving_settings import ServingSettings
from local.container.termination import SavedOnTermination
from local.container.training_job import run
from local.container.versions import INSTALLED, VARIABLE, ImageVersion

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
TAGS = ["1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"]
REGISTRY = "492215442770.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.mark.parametrize("tag", TAGS)
def test_short_and_long_tags_name_the_same_version(tag: str) -> None:
    assert ImageVersion.of(tag) == ImageVersion.of(f"{tag}-cpu-py3")
    assert ImageVersion.of_image(f"{REGISTRY}/sagemaker-xgboost:{tag}").tag == tag


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("sagemaker-xgboost:latest", "XGBoost 0.72, which AWS's documentation says not to use"),
        ("xgboost:1", "XGBoost 0.72"),
        ("sagemaker-xgboost:0.90-2", "deprecated by AWS"),
        ("sagemaker-xgboost:4.0-1", "it does not know; it runs 1.0-1, 1.2-1"),
        ("my-own:1.7-1", "runs sagemaker-xgboost only"),
    ],
)
def test_any_other_image_is_refused_with_the_reason(image: str, reason: str) -> None:
    with pytest.raises(NotEmulatedError, match=reason):
        ImageVersion.of_image(f"{REGISTRY}/{image}")


@pytest.mark.parametrize("label", ["nan", "inf"])
def test_a_label_that_is_no_number_ends_in_success_and_nan_before_3(job: Any, label: str, capfd: Any) -> None:
    job.files["train/data.csv"] = f"1,2\n{label},3\n2,3\n"
    run(job.write(), ImageVersion("1.7-1"))
    rounds = [line for line in capfd.readouterr().out.splitlines() if line.startswith("[")]
    assert rounds == [f"[{number}]\ttrain-rmse:nan" for number in range(3)]
    with pytest.raises(AlgorithmError, match="Check failed"):
        run(job.write(), ImageVersion("3.0-5"))


@pytest.mark.parametrize("tag", TAGS)
def test_before_3_the_intercept_is_a_half_unless_given(job: Any, tag: str, capfd: Any) -> None:
    run(job.write(), ImageVersion(tag))
    first = capfd.readouterr().out.splitlines()[0]
    job.hyperparameters["base_score"] = "0.5"
    run(job.write(), ImageVersion(INSTALLED))
    assert (first == capfd.readouterr().out.splitlines()[0]) is (tag < "3")


def test_a_given_intercept_holds_in_every_version(job: Any, capfd: Any) -> None:
    job.hyperparameters["base_score"] = "2"
    printed = set()
    for tag in TAGS:
        run(job.write(), ImageVersion(tag))
        printed.add(capfd.readouterr().out)
    assert len(printed) == 1


def test_the_log_says_that_another_version_only_stands_in(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for tag, said in (("1.7-1", True), (INSTALLED, False)):
        monkeypatch.setenv(VARIABLE, tag)
        with job.start() as process:
            output = process.communicate()[0]
        assert (f"trains {tag} with the installed xgboost {xgboost.__version__}" in output) is said


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("silent", "1", ["1.0-1"]),
        ("single_precision_histogram", "true", ["1.2-1", "1.2-2", "1.3-1", "1.5-1"]),
        ("sampling_method", "uniform", TAGS[3:]),
        ("deterministic_histogram", "true", TAGS[1:]),
        ("verbosity", "1", TAGS),
        ("n_estimators", "5", []),
    ],
)
def test_each_version_has_its_own_hyperparameters(name: str, text: str, known: list[str]) -> None:
    for tag in TAGS:
        given = {"num_round": "1", name: text}
        if tag in known:
            assert name in checked(given, ImageVersion(tag))
        else:
            with pytest.raises(UserError, match=f"^Extraneous hyperparameter found: {name}$"):
                checked(given, ImageVersion(tag))


@pytest.mark.parametrize(("objective", "since"), [("reg:absoluteerror", "3.0-5"), ("survival:aft", "1.2-1")])
def test_an_objective_is_unknown_before_its_version(objective: str, since: str) -> None:
    for tag in TAGS:
        given = {"num_round": "1", "objective": objective}
        if ImageVersion(tag).since(since):
            assert checked(given, ImageVersion(tag))["objective"] == objective
        else:
            with pytest.raises(UserError, match=f"Hyperparameter objective: {objective} is not in"):
                checked(given, ImageVersion(tag))


def test_an_old_hyperparameter_does_not_reach_the_installed_library(job: Any) -> None:
    job.hyperparameters |= {"silent": "1"}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        run(job.write(), ImageVersion("1.0-1"))
    assert not [warning for warning in warned if "are not used" in str(warning.message)]


def test_models_are_pickles_up_to_1_2_2(job: Any) -> None:
    for tag in TAGS:
        ml = job.write()
        run(ml, ImageVersion(tag))
        content = (ml.model / "xgboost-model").read_bytes()
        assert content.startswith(b"\x80\x04" if tag < "1.3" else b"{L")


@pytest.fixture
def answer(tmp_path: Path, trained: Callable[..., xgboost.Booster]) -> Callable[..., Any]:
    """What one image answers for a model that another wrote."""

    def ask(writer: str, server: str, body: bytes = b"1,2,3", accept: str | None = None, objective: str = "") -> Any:
        folder = tmp_path / f"{writer} {server}"
        folder.mkdir(exist_ok=True)
        booster = trained(objective, 3) if objective else trained()
        write_model(booster, folder / "xgboost-model", ImageVersion(writer))
        settings = ServingSettings.from_environment({VARIABLE: server})
        container = Container(Scoring(folder, ensemble=True, version=settings.version), settings)
        return container.answer(Request("POST", "/invocations", body, "text/csv", accept))

    return ask


@pytest.mark.parametrize("accept", [None, "text/csv", "application/json", "text/plain"])
@pytest.mark.parametrize("tag", ["1.0-1", "1.2-1"])
def test_up_to_1_2_1_an_answer_is_one_line_whatever_is_accepted(
    answer: Callable[..., Any], trained: Callable[..., xgboost.Booster], tag: str, accept: str | None
) -> None:
    values = trained().predict(xgboost.DMatrix(np.array([[1, 2, 3], [-1, 0, 1]]))).tolist()
    said = answer(tag, tag, b"1,2,3\n-1,0,1", accept)
    assert (said.status, said.content_type) == (200, "text/csv; charset=utf-8")
    assert said.body == f"{values[0]!r},{values[1]!r}".encode()


def test_up_to_1_2_1_classes_are_lists_in_that_line(answer: Callable[..., Any]) -> None:
    said = answer("1.2-1", "1.2-1", objective="multi:softprob").body.decode()
    assert said.startswith("[")
    assert said.endswith("]")


def test_from_1_2_2_on_every_row_ends_its_line(answer: Callable[..., Any]) -> None:
    for tag in TAGS[2:]:
        assert answer(tag, tag, b"1,2,3\n1,2,3").body.count(b"\n") == 2


@pytest.mark.parametrize("writer", TAGS)
def test_a_version_reads_its_own_models(answer: Callable[..., Any], writer: str) -> None:
    assert answer(writer, writer).body.rstrip() == answer(INSTALLED, INSTALLED).body.rstrip()


@pytest.mark.parametrize(
    ("writer", "server", "outcome"),
    [
        ("1.7-1", "3.0-5", "right"),
        ("3.0-5", "1.7-1", "right"),
        ("3.0-5", "3.2-0", "right"),
        ("3.2-0", "3.0-5", "wrong"),
        ("3.2-0", "1.7-1", "wrong"),
        ("1.7-1", "3.2-0", "unreadable"),
        ("1.2-1", "3.2-0", "unreadable"),
        ("3.2-0", "1.5-1", "unreadable"),
    ],
)
def test_a_model_of_another_version_is_read_misread_or_refused(
    answer: Callable[..., Any], trained: Callable[..., xgboost.Booster], writer: str, server: str, outcome: str
) -> None:
    """Seen on the images' own code: the older ones read the 3.2-0 base_score as 0.5 and answer with status 200."""
    said = answer(writer, server)
    right = float(trained().predict(xgboost.DMatrix(np.array([[1, 2, 3]])))[0])
    if outcome == "unreadable":
        assert said.status == 500
        assert said.body.startswith(
            b"Unable to load model: Model /opt/ml/model/xgboost-model cannot be loaded:\nPickle"
        )
    elif outcome == "right":
        assert float(said.body) == right
    else:
        assert float(said.body) == pytest.approx(right - base_score(trained()) + 0.5, abs=1e-5)


def base_score(booster: xgboost.Booster) -> float:
    learner = json.loads(booster.save_config())["learner"]
    return float(learner["learner_model_param"]["base_score"].strip("[]"))


def test_a_pickled_model_wants_all_its_features_or_one_more(answer: Callable[..., Any]) -> None:
    assert answer("1.2-2", "1.2-2", b"1,2").body.startswith(b"Unable to evaluate payload provided: Feature size of csv")
    assert answer("1.3-1", "1.3-1", b"1,2").status == 200


def test_pipe_mode_is_of_older_images_and_not_emulated(job: Any) -> None:
    channel = {"ContentType": "text/csv", "TrainingInputMode": "Pipe", "S3DistributionType": "FullyReplicated"}
    job.channels = {"train": channel}
    with pytest.raises(NotEmulatedError, match=r"Pipe mode, which images before 3\.2-0 have"):
        run(job.write(), ImageVersion("3.0-5"))
    with pytest.raises(UserError, match=r"^Pipe mode for CSV is no longer supported"):
        run(job.write(), ImageVersion("3.2-0"))


def test_a_stopped_job_leaves_its_versions_format(tmp_path: Path, trained: Callable[..., xgboost.Booster]) -> None:
    for tag, start in (("1.2-1", b"\x80\x04"), ("1.7-1", b"{L"), ("3.2-0", b"{L")):
        SavedOnTermination(tmp_path, ImageVersion(tag)).after_iteration(trained(), 0, {})
        assert (tmp_path / "xgboost-model").read_bytes().startswith(start)
