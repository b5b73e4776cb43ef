"""Names are functions of the upload alone, fit SageMaker's patterns, and sort by upload."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.names import (
    MAX_MODEL_LENGTH,
    ModelName,
    Upload,
    endpoint_name,
    is_model_name,
    model_of_endpoint,
    model_of_run,
    run_folder,
    run_id,
    run_of_config,
    run_order,
    upload_hash,
)

JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
CONFIG_SUFFIXES = ["", "-od", "-2", "-17"]

prefixes = st.from_regex(r"[a-z][a-z0-9]{0,11}", fullmatch=True)
models = (
    st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
    .filter(lambda text: len(text) <= MAX_MODEL_LENGTH and is_model_name(text))
    .map(ModelName)
)
uploads = st.builds(Upload, st.text(min_size=3), st.text(min_size=1), st.text(min_size=1))
moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2098, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001

UPLOAD = Upload("ebb-data", "datasets/abalone/abalone.csv", "v1")
MOMENT = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)


@given(prefixes, models, uploads, moments)
def test_a_run_id_is_a_valid_sagemaker_name_of_at_most_60_characters(
    prefix: str, model: ModelName, upload: Upload, moment: dt.datetime
) -> None:
    name = run_id(prefix, model, upload, moment)
    assert len(name) <= 60
    assert JOB_NAME.fullmatch(name)


def test_the_longest_run_id_leaves_room_for_a_suffix() -> None:
    longest = run_id("a" * 12, ModelName("m" * 28), UPLOAD, MOMENT)
    assert len(longest) == 60


@given(prefixes, models, uploads, moments)
def test_a_run_id_tells_its_model(prefix: str, model: ModelName, upload: Upload, moment: dt.datetime) -> None:
    assert model_of_run(prefix, run_id(prefix, model, upload, moment)) == model


@given(models, st.lists(st.tuples(uploads, moments), min_size=2, max_size=6))
def test_runs_of_a_model_sort_by_upload_time_then_by_hash(
    model: ModelName, made: list[tuple[Upload, dt.datetime]]
) -> None:
    by_name = sorted(made, key=lambda one: run_order(run_id("ebb", model, *one)) or pytest.fail("no order"))
    by_upload = sorted(made, key=lambda one: (one[1].replace(microsecond=0), upload_hash(one[0])))
    assert [run_id("ebb", model, *one) for one in by_name] == [run_id("ebb", model, *one) for one in by_upload]


@given(models, uploads, moments, st.sampled_from(CONFIG_SUFFIXES))
def test_a_config_derived_from_a_run_has_the_order_of_the_run(
    model: ModelName, upload: Upload, moment: dt.datetime, suffix: str
) -> None:
    run = run_id("ebb", model, upload, moment)
    assert run_order(run + suffix) == run_order(run) is not None


def test_the_same_upload_always_gives_the_same_name() -> None:
    elsewhere = MOMENT.astimezone(dt.timezone(dt.timedelta(hours=9)))
    name = run_id("ebb", ModelName("abalone"), UPLOAD, MOMENT)
    assert run_id("ebb", ModelName("abalone"), UPLOAD, elsewhere) == name
    assert re.fullmatch(r"ebb-abalone-261122153000-[a-z2-7]{5}", name)


@pytest.mark.parametrize(
    "other",
    [
        Upload("other", UPLOAD.key, UPLOAD.version_id),
        Upload(UPLOAD.bucket, "datasets/abalone/b.csv", UPLOAD.version_id),
        Upload(UPLOAD.bucket, UPLOAD.key, "v2"),
    ],
)
def test_bucket_key_and_version_each_change_the_hash(other: Upload) -> None:
    assert upload_hash(other) != upload_hash(UPLOAD)


@pytest.mark.parametrize(
    "name",
    ["a", "7", "abalone", "house-prices-2026", "m" * 28, "261122153000", "a-261122153000", "abalone-261122153000-k3v"],
)
def test_names_that_are_model_names(name: str) -> None:
    assert is_model_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Abalone",
        "aba_lone",
        "aba.lone",
        "aba lone",
        "-abalone",
        "abalone-",
        "aba--lone",
        "m" * 29,
        "größe",
        "abalone\n",
        "x-261122153000-k3v7q",  # `ebb-x` + run id of `x` would be the endpoint of this one
        "261122153000-k3v7q",
    ],
)
def test_names_that_are_not(name: str) -> None:
    assert not is_model_name(name)


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("ebb", "ebb-abalone"),
        ("ebb", "ebbtide-abalone-261122153000-k3v7q"),
        ("ebbtide", "ebb-abalone-261122153000-k3v7q"),
        ("ebb", "ebb-Abalone-261122153000-k3v7q"),
        ("ebb", "ebb-261122153000-k3v7q"),
        ("ebb", "ebb-abalone-261122153000-k3v91"),
        ("ebb", "abalone-261122153000-k3v7q"),
        ("ebb", ""),
    ],
)
def test_what_is_not_a_run_of_this_prefix_has_no_model(prefix: str, name: str) -> None:
    assert model_of_run(prefix, name) is None


@given(prefixes, models, uploads, moments, st.sampled_from(CONFIG_SUFFIXES))
def test_a_config_tells_its_run_and_an_endpoint_its_model(
    prefix: str, model: ModelName, upload: Upload, moment: dt.datetime, suffix: str
) -> None:
    run = run_id(prefix, model, upload, moment)
    assert run_of_config(run + suffix) == run
    assert model_of_endpoint(prefix, endpoint_name(prefix, model)) == model_of_endpoint(prefix, run) == model


@pytest.mark.parametrize(
    "name",
    ["ebb", "ebb-", "ebbtide-abalone", "ebb-Abalone", "ebb-a--b", "abalone", "my-ebb-abalone", f"ebb-{'m' * 29}"],
)
def test_an_endpoint_of_another_name_has_no_model(name: str) -> None:
    assert model_of_endpoint("ebb", name) is None


@pytest.mark.parametrize(
    "name", ["by-hand-od", "ebb-abalone-od", "ebb-abalone-2", "ebb-abalone-261122153000-k3v7q-100"]
)
def test_a_suffix_that_no_run_stands_before_is_part_of_the_name(name: str) -> None:
    assert run_of_config(name) == name


@pytest.mark.parametrize("name", ["", "ebb-abalone", "ebb-abalone-od", "by-hand", "ebb-abalone-261122153000-k3v7q-old"])
def test_what_is_no_run_has_no_order(name: str) -> None:
    assert run_order(name) is None


def test_endpoint_and_run_folder_carry_the_models_name() -> None:
    model = ModelName("abalone")
    run = run_id("ebb", model, UPLOAD, MOMENT)
    assert endpoint_name("ebb", model) == "ebb-abalone"
    assert run_folder(model, run) == f"runs/abalone/{run}/"
