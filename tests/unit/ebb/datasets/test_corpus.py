"""Every file of the corpus gets its verdict: refused at exactly these places, or accepted as exactly these rows."""

from collections import Counter
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ebb.datasets.dataset import Dataset
from ebb.datasets.prepare import prepare
from ebb.datasets.source import FileSource
from ebb.problems import MAX_PROBLEMS, Code, Problem, RefusedError
from tests.unit.ebb.datasets.corpus import CORPUS, GROUPS, index, settings_of
from tests.unit.ebb.datasets.preparing import RecordingSink

ROOM = 4 * 1024 * 1024
SMOKE_ROWS = 200

# What the built-in algorithm was seen to do, or its pages say, as far as one uploaded file can bring it about.
FACTS = {
    "file": "hidden; size 0; empty validation; latin-1; utf-16; gzip bytes; byte order mark; CR LF; no last newline; "
    "blank lines; NUL byte",
    "delimiter": "comma; comma and space; tab; semicolon; space; colon; bar; single column; only a newline; "
    "comment first; another one later",
    "csv": "label first; instance weights; header row; quoted header row; text in a feature; NA; null; true; "
    '"2" quoted; text label; empty label; 1.5abc; 2024-01-01; 0x10; label 12abc; "1,000"; empty cell; nan; '
    "short row; long row; trailing comma; 1e400; whole file quoted; inf; nan label; inf label; single row",
    "validation": "more columns; fewer columns",
}


def _cases(*groups: str) -> list[Any]:
    return [
        pytest.param(CORPUS / group / name, entry, id=f"{group}/{name}")
        for group in groups
        for name, entry in index(group).items()
    ]


@cache
def _prepared(path: Path) -> tuple[Dataset | RefusedError, RecordingSink]:
    entry = index(path.parent.name)[path.name]
    sink = RecordingSink()
    try:
        return prepare(FileSource(path), settings_of(entry), sink, max_bytes=entry.get("max_bytes", ROOM)), sink
    except RefusedError as refused:
        return refused, sink


def _accepted(path: Path) -> tuple[Dataset, RecordingSink]:
    outcome, sink = _prepared(path)
    assert isinstance(outcome, Dataset), outcome
    return outcome, sink


def _place(problem: Problem) -> tuple[Any, ...]:
    shown = problem.as_json()
    return shown["code"], shown["line"], shown["column"] and shown["column"]["position"], shown["value"]


def _is_said_well(problem: Problem) -> bool:
    """What is wrong, and what to do: two sentences, and not the same one."""
    return problem.problem.endswith(".") and problem.remedy.endswith(".") and problem.problem != problem.remedy


@pytest.mark.parametrize(("path", "entry"), _cases("bad"))
def test_a_bad_file_is_refused_at_exactly_these_places(path: Path, entry: dict[str, Any]) -> None:
    refused, sink = _prepared(path)
    assert isinstance(refused, RefusedError), "accepted"
    wanted = [tuple(map(problem.get, ("code", "line", "column", "value"))) for problem in entry["problems"]]
    assert [_place(problem) for problem in refused.problems] == wanted
    assert len(wanted) <= MAX_PROBLEMS
    assert all(map(_is_said_well, refused.problems))
    assert not sink.finished


@pytest.mark.parametrize(("path", "entry"), _cases("good", "odd"))
def test_an_accepted_file_becomes_exactly_these_rows(path: Path, entry: dict[str, Any]) -> None:
    dataset, sink = _accepted(path)
    rows, features = dataset.as_json()["rows"], dataset.as_json()["features"]
    assert (rows["all"], rows["train"], rows["validation"]) == (entry["rows"], entry["train"], entry["validation"])
    assert features == entry.get("features", features)
    for name, part in (("train", sink.train), ("validation", sink.validation), ("smoke", sink.smoke)):
        assert part.count == len(part.lines) == rows[name]
        assert {line.count(",") for line in part.lines} <= {len(features)}
    among = sink.validation.lines or sink.train.lines
    assert Counter(sink.smoke.lines) <= Counter(among)
    assert len(sink.smoke.lines) == min(SMOKE_ROWS, len(among))
    assert sink.finished


@pytest.mark.parametrize(("path", "entry"), [case for case in _cases("good", "odd") if "encoded" in case.values[1]])
def test_each_row_is_the_one_worked_out_without_us(path: Path, entry: dict[str, Any]) -> None:
    _, sink = _accepted(path)
    held_out = set(entry["held_out"])
    assert sink.validation.lines == [line for place, line in enumerate(entry["encoded"]) if place in held_out]
    assert sink.train.lines == [line for place, line in enumerate(entry["encoded"]) if place not in held_out]


@pytest.mark.parametrize(
    ("path", "entry"), [case for case in _cases("good", "odd") if "train_sha256" in case.values[1]]
)
def test_many_rows_are_the_ones_worked_out_without_us(path: Path, entry: dict[str, Any]) -> None:
    _, sink = _accepted(path)
    for part, digest in ((sink.train, entry["train_sha256"]), (sink.validation, entry["validation_sha256"])):
        assert sha256("".join(f"{line}\n" for line in part.lines).encode()).hexdigest() == digest


@pytest.mark.parametrize(("path", "entry"), _cases("good", "odd"))
def test_only_an_odd_file_is_warned_of(path: Path, entry: dict[str, Any]) -> None:
    warnings = _accepted(path)[0].warnings
    wanted = [(warning["code"], warning.get("line"), warning.get("column")) for warning in entry.get("warnings", [])]
    assert [_place(warning)[:3] for warning in warnings] == wanted
    assert bool(wanted) == (path.parent.name == "odd")
    assert all(map(_is_said_well, warnings))


def test_the_index_names_exactly_the_files_that_are_there() -> None:
    for group in GROUPS:
        assert sorted(path.name for path in (CORPUS / group).iterdir()) == sorted(index(group))
    assert sum(len(index(group)) for group in GROUPS) >= 150


def test_every_published_fact_has_its_file() -> None:
    shown = {fact for group in GROUPS for entry in index(group).values() for fact in entry.get("facts", [])}
    assert shown == {f"{about}: {fact}" for about, facts in FACTS.items() for fact in facts.split("; ")}


def test_every_code_that_a_file_can_have_is_shown() -> None:
    shown = {
        problem["code"]
        for group in GROUPS
        for entry in index(group).values()
        for problem in [*entry.get("problems", []), *entry.get("warnings", [])]
    }
    not_of_a_small_file = {"wrong_key", "wrong_ending", "wrong_model_name", "too_large_for_instance", "unreadable"}
    beside_a_live_run = {"task_changed", "new_class"}
    assert shown == set(map(str, Code)) - not_of_a_small_file - beside_a_live_run
