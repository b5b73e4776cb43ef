"""What answering would cost is known before it is begun."""

from __future__ import annotations

import time

from ebb.trees.answers import answers
from ebb.trees.model_file import read_model
from ebb.trees.work import seconds, work
from tests.unit.ebb.trees.boosters import archive_of, made_rows, trained
from tests.unit.ebb.trees.cases import Case

CASE = Case("multi:softprob", "gbtree", 0.15, False, False, 5, 6, 20, 1, "hist", None)


def test_work_grows_with_rows_trees_paths_and_classes() -> None:
    model = read_model(archive_of(trained(CASE, made_rows(300, CASE, seed=1))))
    assert model.steps == sum(tree.depth + 1 for tree in model.trees)
    assert work(model, 0) == 0
    assert work(model, 20) == 20 * work(model, 1) > 20 * (model.steps + 5)
    assert seconds(model, 10, steps_per_second=work(model, 10)) == 1


def test_it_is_a_bound_of_the_time_that_is_taken() -> None:
    model = read_model(archive_of(trained(CASE, made_rows(2000, CASE, seed=1))))
    rows = made_rows(300, CASE, seed=2).tolist()
    quickest = min(_taken(model, rows) for _ in range(5))
    assert quickest < seconds(model, len(rows))


def _taken(model: object, rows: list[list[float]]) -> float:
    began = time.process_time()
    list(answers(model, rows))  # type: ignore[arg-type]
    return time.process_time() - began
