"""What is learned: found from the label, and kept as it is in the run that is live."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st

from ebb.datasets.dataset import Dataset
from ebb.evaluation.answers import read_answers
from ebb.evaluation.classes import in_classes_of
from ebb.predict.answers import predictions_of
from ebb.problems import Code, Problem, RefusedError
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.generated import chance
from tests.unit.ebb.datasets.preparing import Memory, RecordingSink, prepared
from tests.unit.ebb.datasets.test_generated_tables import loaded

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
xgboost.set_config(nthread=1)
ROWS = 60


def file_of(labels: list[str], rows: int = ROWS) -> Memory:
    """The label last; the first column tells it."""
    random = chance(1)
    cells = [labels[row % len(labels)] for row in range(rows)]
    keys = sorted(set(labels))
    lines = [f"{keys.index(cell) + random.uniform(-0.2, 0.2):.3f},{random.uniform(0, 1):.3f},{cell}" for cell in cells]
    return Memory(("size,depth,label\n" + "\n".join(lines) + "\n").encode())


def read(labels: list[str], live: Dataset | None = None, **settings: Any) -> tuple[Dataset, RecordingSink]:
    given_settings = ModelSettings(**settings)
    return prepared(file_of(labels), given_settings.keeping("ebb-m-1", live.as_json() if live else None))


def named(objective: str, **more: Any) -> dict[str, Any]:
    return {"hyperparameters": {"objective": objective, "num_round": 5, **more}}


def refused(labels: list[str], live: Dataset | None = None, **settings: Any) -> Problem:
    with pytest.raises(RefusedError) as refusal:
        read(labels, live, **settings)
    (problem,) = refusal.value.problems
    return problem


def task(found: Dataset) -> tuple[str, int | None, list[str] | None]:
    return found.task.objective, found.task.num_class, found.label["classes"]


QUANTITY = ("reg:squarederror", None, None)


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["yes", "no"], ("binary:logistic", None, ["no", "yes"])),
        (["True", "FALSE", "true", "true"], ("binary:logistic", None, ["FALSE", "true"])),
        (["b", "a"], ("binary:logistic", None, ["a", "b"])),
        (["c", "a", "B"], ("multi:softprob", 3, ["B", "a", "c"])),
        (["None", "some", "more"], ("multi:softprob", 3, ["None", "more", "some"])),
        (["1", "2"], ("binary:logistic", None, ["1", "2"])),
        (["-1", "1"], ("binary:logistic", None, ["-1", "1"])),
        (["1.0", "0", "1.0", "1"], ("binary:logistic", None, ["0", "1.0"])),
        (["10", "9"], ("binary:logistic", None, ["9", "10"])),
        (["1", "2", "3"], QUANTITY),
        (["0.5", "1.5"], QUANTITY),
        ([f"{number / 7:.3f}" for number in range(30)], QUANTITY),
    ],
)
def test_the_task_is_found_from_the_label(labels: list[str], wanted: tuple[Any, ...]) -> None:
    found, sink = read(labels)
    assert task(found) == wanted
    first = {line.partition(",")[0] for line in sink.train.lines}
    assert wanted[2] is None or first <= {str(number) for number in range(len(wanted[2]))}


def test_a_few_whole_numbers_are_a_quantity_with_the_line_that_makes_them_classes() -> None:
    (warning,) = read([str(number) for number in range(1, 21)])[0].warnings
    assert (warning.code, "multi:softprob" in warning.remedy) == (Code.FEW_VALUES, True)
    assert not read([str(number) for number in range(1, 22)])[0].warnings


def test_one_value_and_more_than_a_hundred_texts_are_refused() -> None:
    assert refused(["a"]).code is Code.CONSTANT_LABEL
    with pytest.raises(RefusedError) as refusal:
        prepared(file_of([f"w{number}" for number in range(101)], 202), ModelSettings())
    assert refusal.value.problems[0].code is Code.TOO_MANY_VALUES


@pytest.mark.parametrize("objective", ["multi:softmax", "multi:softprob"])
def test_classes_of_a_named_objective_are_numbered_likewise_and_counted(objective: str) -> None:
    assert task(read(["9", "3", "-1"], **named(objective))[0]) == (objective, 3, ["-1", "3", "9"])
    assert task(read(["9", "3", "-1"], **named(objective, num_class=5))[0]) == (objective, 5, ["-1", "3", "9"])
    assert refused(["9", "3", "-1"], **named(objective, num_class=2)).code is Code.WRONG_NUM_CLASS
    assert refused(["1", "2", "3"], **named("binary:logistic")).code is Code.WRONG_LABEL


def test_what_was_set_without_knowing_the_task_is_judged_with_it() -> None:
    assert refused(["a", "b", "c"], **named("auto", eval_metric="auc")).code is Code.WRONG_SETTING
    read(["a", "b"], **named("auto", eval_metric="auc"))


def test_classes_keep_the_numbers_that_they_have_in_the_run_that_is_live() -> None:
    live = read(["b", "d", "f"])[0]
    assert task(read(["b", "f", "a", "d"], live)[0]) == ("multi:softprob", 4, ["b", "d", "f", "a"])
    fewer, sink = read(["f", "d"], live)
    assert task(fewer) == ("multi:softprob", 3, ["b", "d", "f"])
    assert {line[0] for line in sink.train.lines} == {"1", "2"}
    assert [warning.code for warning in fewer.warnings] == [Code.CLASS_WITHOUT_ROWS]
    assert task(read(["f", "a", "d"], live, classes="new")[0]) == ("multi:softprob", 3, ["a", "d", "f"])


def test_two_classes_become_many_only_with_a_word_about_it() -> None:
    live = read(["no", "yes"])[0]
    more = read(["yes", "no", "maybe"], live)[0]
    assert task(more) == ("multi:softprob", 3, ["no", "yes", "maybe"])
    (warning,) = more.warnings
    assert warning.code is Code.NEW_CLASS
    assert "one for each class" in warning.problem
    assert task(read(["YES", "no"], live)[0]) == ("binary:logistic", None, ["no", "yes"])
    problem = refused(["yes", "no", "maybe"], live, **named("binary:hinge"))
    assert problem.code is Code.WRONG_LABEL
    problem = refused(["yes", "maybe"], live, **named("binary:hinge"))
    assert (problem.code, "classes = 'new'" in problem.remedy) == (Code.TASK_CHANGED, True)


def test_numbers_keep_their_classes_however_they_are_spelled() -> None:
    live = read(["1", "2"])[0]
    assert task(read(["2.0", "1.0"], live)[0]) == ("binary:logistic", None, ["1", "2"])
    many = read(["3", "1", "2"], **named("multi:softprob"))[0]
    assert task(read(["0", "3", "1"], many)[0]) == ("multi:softprob", 4, ["1", "2", "3", "0"])


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["1", "2"], ["1", "2", "3"]),
        (["1", "2"], ["1", "3"]),
        (["1", "2"], ["0.5", "1"]),
        (["no", "yes"], ["1", "2"]),
        (["1", "2"], ["no", "yes"]),
        ([f"{number / 7:.3f}" for number in range(30)], ["no", "yes"]),
    ],
)
def test_another_task_than_the_live_one_is_refused_with_both_lines(before: list[str], now: list[str]) -> None:
    live = read(before)[0]
    problem = refused(now, live)
    assert problem.code is Code.TASK_CHANGED
    assert "classes = 'new'" in problem.remedy
    assert task(read(now, live, classes="new")[0]) == task(read(now)[0])
    if "objective =" in problem.remedy:
        assert read(now, live, **named("multi:softprob"))[0].task.num_class if "0.5" not in now else True


def test_a_quantity_stays_one_though_only_two_values_are_left() -> None:
    live = read([f"{number / 7:.3f}" for number in range(30)])[0]
    assert task(read(["0", "1"], live)[0]) == QUANTITY
    counts = read([str(number % 25) for number in range(60)], **named("count:poisson"))[0]
    assert task(read(["1", "2", "4"], counts)[0]) == ("count:poisson", None, None)


def test_another_label_column_keeps_nothing() -> None:
    live = read(["a", "b", "c"])[0].as_json()
    for place in ({"name": "other"}, {"name": None}):
        other = live | {"label": live["label"] | place}
        settings = ModelSettings().keeping("ebb-m-1", other)
        assert task(prepared(file_of(["c", "b"]), settings)[0]) == ("binary:logistic", None, ["b", "c"])


def test_what_is_kept_is_kept_in_json() -> None:
    live = read(["b", "d", "f"])[0].as_json()
    settings = ModelSettings().keeping("ebb-m-1", live)
    assert ModelSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings
    assert ModelSettings(classes="new").keeping("ebb-m-1", live).live is None


def trained(found: Dataset, sink: RecordingSink) -> xgboost.Booster:
    values = ModelSettings(**named("auto")).of_run(found.as_json()).hyperparameters
    parameters = {name: value for name, value in values.items() if name != "num_round"}
    matrix = loaded(sink.train.rows)
    return xgboost.train(parameters | {"eta": 1, "min_child_weight": 0, "verbosity": 0}, matrix, 8)


def answers(found: Dataset, model: xgboost.Booster, rows: np.ndarray[Any, Any]) -> list[str]:
    raw = model.predict(xgboost.DMatrix(rows, nthread=1))
    return [",".join(map(repr, np.atleast_1d(row).tolist())) for row in raw]


CLASS_SETS = st.sampled_from(
    [["a", "b"], ["a", "b", "c"], ["b", "c", "d"], ["1", "2"], ["2", "3"], ["c", "a"], ["1", "2", "3"], ["None", "a"]]
)


@given(st.lists(CLASS_SETS, min_size=2, max_size=3))
def test_uploads_in_every_order_answer_by_their_own_labels_and_can_be_compared(sets: list[list[str]]) -> None:
    """Classes added, missing and renamed: each run that is accepted learns its file by heart and keeps the numbers."""
    for order in permutations(sets):
        live: Dataset | None = None
        for labels in order:
            try:
                found, sink = read(labels, live)
            except RefusedError:
                assert refused(labels, live).code is Code.TASK_CHANGED
                continue
            if found.task.classes is not None:
                _check_run(found, sink, labels, live)
            live = found


def _check_run(found: Dataset, sink: RecordingSink, labels: list[str], live: Dataset | None) -> None:
    classes = found.label["classes"]
    if live is not None and live.label["classes"]:
        assert classes[: len(live.label["classes"])] == live.label["classes"]
    keys = sorted(set(labels))
    rows = np.array([[float(place), 0.5] for place in range(len(keys))], dtype=np.float32)
    model = trained(found, sink)
    read_back = read_answers(answers(found, model, rows), found.task.objective, found.task.num_class)
    predicted: list[Any] = predictions_of(read_back, found.label)
    assert [answer["label"] for answer in predicted] == keys
    assert all(set(answer["probabilities"]) == set(classes) for answer in predicted)
    moved = in_classes_of(found.as_json(), found.as_json(), read_back)
    assert moved is read_back
