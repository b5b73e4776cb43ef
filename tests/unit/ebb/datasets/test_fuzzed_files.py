"""Whatever the bytes: never a crash, a hang, more memory, or a wrong count accepted."""

from __future__ import annotations

import gzip
import json
import re
import time
import tracemalloc
from collections import defaultdict
from typing import Any

import pytest
import xgboost

from ebb.datasets.prepare import prepare
from ebb.datasets.split import NoSink
from ebb.problems import MAX_PROBLEMS, Code, Problem, RefusedError
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.mutations import Damaged, damaged
from tests.unit.ebb.datasets.preparing import Memory, RecordingSink, prepared
from tests.unit.ebb.datasets.test_generated_tables import loaded

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
xgboost.set_config(nthread=1)

PART = 2_500  # inputs
LONGEST = 10  # seconds of the processor; any of them takes a millisecond or two
ROOM = 64 * 1024 * 1024
SAMPLED = 50  # every so many
PARTS = [*range(2), *(pytest.param(part, marks=pytest.mark.soak) for part in range(2, 44))]
QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')
LOADED_ALONE = 10  # every tenth of those that are accepted
Accepted = tuple[int, RecordingSink]


@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_file_is_refused_or_counted_rightly(part: int) -> None:
    accepted: dict[int, list[Accepted]] = defaultdict(list)
    for seed in range(part * PART, (part + 1) * PART):
        try:
            file = damaged(seed)
            began = time.process_time()
            verdict = _verdict(file)
            assert time.process_time() - began < LONGEST
            if isinstance(verdict, RefusedError):
                _check_problems(file, verdict.problems)
            else:
                told, sink = verdict
                _check_counts(file, told, sink)
                accepted[len(told["features"])].append((seed, sink))
        except BaseException as error:
            error.add_note(f"input {seed}")
            raise
    assert sum(map(len, accepted.values())) > PART / 10
    _check_loaded(accepted)


def _verdict(file: Damaged) -> RefusedError | tuple[dict[str, Any], RecordingSink]:
    try:
        dataset, sink = prepared(Memory(file.data, file.name), file.settings)
    except RefusedError as refused:
        return refused
    return dataset.as_json(), sink


def _check_problems(file: Damaged, problems: tuple[Problem, ...]) -> None:
    assert 1 <= len(problems) <= MAX_PROBLEMS
    for problem in problems:
        assert problem.code in Code
        assert problem.problem.endswith(".")
        assert problem.remedy.endswith(".")
        assert len(problem.sentence()) < 2000
        if file.text is not None:
            _check_place(file.text, problem)


def _check_place(text: bytes, problem: Problem) -> None:
    assert problem.line is None or 1 <= problem.line <= text.count(b"\n") + 1
    if problem.column is not None:
        widest = max(record.count(delimiter) for record in _records(text) for delimiter in (b",", b";", b"\t", b"|"))
        assert 0 <= problem.column <= widest + 1
    if problem.line and problem.column is not None and problem.value is not None and problem.code != Code.NOT_UTF8:
        record = _records(b"\n".join(text.split(b"\n")[problem.line - 1 :]))[0]
        value = problem.value[:40].replace("\n", " ").replace('"', "").strip()
        assert value.encode() in record.replace(b'"', b"")


def _records(text: bytes) -> list[bytes]:
    """Lines; what is quoted may go on across them."""
    flat = QUOTED.sub(lambda cell: cell.group().replace(b"\n", b" "), text)
    return flat.split(b"\n")


def _rows(text: bytes) -> int:
    return sum(bool(record.strip(b" \t\r")) for record in _records(text.removeprefix(b"\xef\xbb\xbf")))


def _check_counts(file: Damaged, told: dict[str, Any], sink: RecordingSink) -> None:
    json.dumps(told, allow_nan=False)
    rows, features = told["rows"], told["features"]
    if file.text is not None:
        assert rows["all"] == _rows(file.text) - told["format"]["header"]
    assert rows["all"] == rows["train"] + rows["validation"] >= 10
    for name, part in (("train", sink.train), ("validation", sink.validation), ("smoke", sink.smoke)):
        assert rows[name] == part.count == len(part.lines)
        assert {line.count(",") for line in part.lines} <= {len(features)}
    assert not any(line.endswith(",") for line in sink.train.lines)


def _check_loaded(accepted: dict[int, list[Accepted]]) -> None:
    """Files of as many features together, and some alone: the container finds all of their rows and features."""
    for features, some in accepted.items():
        _check_matrix(features, some)
        for one in some[::LOADED_ALONE]:
            _check_matrix(features, [one])


def _check_matrix(features: int, some: list[Accepted]) -> None:
    matrix = loaded(b"".join(sink.train.rows for _, sink in some))
    rows = sum(sink.train.count for _, sink in some)
    assert (matrix.num_row(), matrix.num_col()) == (rows, features), f"inputs {[seed for seed, _ in some]}"


def test_a_damaged_file_takes_no_more_memory_than_another() -> None:
    seen: dict[int, int] = {}
    for seed in range(0, 10 * PART, SAMPLED):
        file = damaged(seed)
        tracemalloc.start()
        try:
            _verdict(file)
            seen[seed] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert {seed: peak for seed, peak in seen.items() if peak > ROOM} == {}


def test_a_small_archive_of_a_large_file_takes_no_more_memory_than_another() -> None:
    data = gzip.compress(b"1,2,3\n4,5,7\n" * 7_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match="limit") as refused:
            prepare(Memory(data, "table.csv.gz", 1 << 20), ModelSettings(label=0), NoSink(), max_bytes=1_500_000)
        assert tracemalloc.get_traced_memory()[1] < ROOM
    finally:
        tracemalloc.stop()
    assert refused.value.problems[0].code == Code.TOO_LARGE


def test_a_damaged_file_gets_the_same_answer_in_whichever_pieces_it_arrives() -> None:
    for seed in range(1, 10 * PART, SAMPLED):
        file = damaged(seed)
        answers = [_answer(file, piece) for piece in (1, 7, 1 << 20)]
        assert answers == [answers[0]] * 3, f"input {seed}"


def _answer(file: Damaged, piece: int) -> Any:
    try:
        dataset, sink = prepared(Memory(file.data, file.name, piece), file.settings)
    except RefusedError as refused:
        return refused.problems
    return dataset.as_json(), sink
