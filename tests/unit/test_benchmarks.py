"""The dataset benchmark's files, and what its tables conclude from the runs. No peer is needed here."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contenders import COPY, EBB, OTHERS, POLARS, Contender, Run, disagreements
from benchmarks.dataset_files import KINDS, Kind, blocks, dataset_file, faulty_files
from benchmarks.peers.job import by_frequency, one_hot
from benchmarks.race import Race

POOL, SIZE = 30, 20_000
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def table(kind: Kind) -> list[list[str]]:
    text = b"".join(blocks(kind, SIZE, POOL)).decode()
    rows = list(csv.reader(text.splitlines()))
    return rows[1:] if kind.header else rows


@EVERY_KIND
def test_a_file_is_the_same_each_time_and_ends_with_its_row(kind: Kind) -> None:
    once = b"".join(blocks(kind, SIZE, POOL))
    assert once == b"".join(blocks(kind, SIZE, POOL))
    assert once.endswith(b"\n")
    assert SIZE <= len(once) < SIZE + 400


@EVERY_KIND
def test_no_two_rows_are_equal_although_the_pool_is_written_again(kind: Kind) -> None:
    rows = table(kind)
    assert len(rows) > 2 * POOL
    assert len(set(map(tuple, rows))) == len(rows)


@EVERY_KIND
def test_every_row_has_the_columns_that_the_contenders_are_told(kind: Kind) -> None:
    for row in table(kind):
        cells = dict(zip(kind.columns, row, strict=True))
        for name, cell in cells.items():
            if name.startswith("w"):
                assert cell in kind.words[int(name[1:])]
            elif cell or name == "label" or not kind.missing:
                float(cell)


def test_a_twentieth_of_the_cells_is_empty_only_where_it_is_said() -> None:
    shares = {name: empty_share(table(kind)) for name, kind in KINDS.items()}
    assert 0.02 < shares.pop("gaps") < 0.08
    assert set(shares.values()) == {0}


def empty_share(rows: list[list[str]]) -> float:
    return sum(row.count("") for row in rows) / sum(map(len, rows))


def test_numbers_of_the_long_kind_have_17_digits() -> None:
    digits = {len(cell.lstrip("-").replace(".", "")) for row in table(KINDS["long"]) for cell in row[1:]}
    assert digits == {17}


def test_words_are_quoted_and_all_of_them_occur() -> None:
    kind = KINDS["general"]
    block = b"".join(blocks(kind, 10 * SIZE, 20 * POOL))
    assert all(b'"' + word.encode() + b'"' in block for words in kind.words for word in words)


def test_a_written_row_has_a_cell_for_every_word() -> None:
    assert KINDS["short"].width == 12
    assert KINDS["general"].width == 1 + 8 + 3 + 8 + 30


def test_a_file_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "short-1.csv"
    path.write_text("kept")
    assert dataset_file(KINDS["short"], 1, tmp_path) == path
    assert path.read_text() == "kept"


def test_a_faulty_file_differs_from_the_clean_one_in_one_line(tmp_path: Path) -> None:
    clean, *faulty = (path.read_bytes().splitlines() for path in faulty_files(KINDS["short"], tmp_path).values())
    for lines in faulty:
        assert len(lines) == len(clean)
        assert sum(one != other for one, other in zip(clean, lines, strict=True)) == 1


def test_the_most_frequent_word_comes_first_and_becomes_a_one_at_its_place() -> None:
    values = by_frequency({"red": 1, "blue": 3, "green": 3})
    assert values == ["blue", "green", "red"]
    assert one_hot(values) == {"blue": "1,0,0", "green": "0,1,0", "red": "0,0,1"}


def runs(*busy: float, peak: int = 0) -> list[Run]:
    return [Run(2 * seconds, seconds, peak, {}) for seconds in busy]


def a_race(ebb: list[Run], kind: str = "short") -> Race:
    others: dict[Contender, list[Run]] = {
        POLARS[1]: runs(3, 2, 9),
        POLARS[2]: runs(4, 4, 4),
        POLARS[0]: runs(1, 1, 1),
        OTHERS[0]: runs(1, 1, 1),
    }
    return Race(KINDS[kind], 100_000_000, {EBB: ebb, **others})


def test_ebb_is_compared_with_the_quicker_of_polars_own_ways_round_by_round() -> None:
    race = a_race(runs(1.5, 2, 3))
    assert race.best is POLARS[1]
    assert race.ratio(EBB) == 2
    assert race.ratio(POLARS[1]) == 1


@pytest.mark.parametrize(
    ("kind", "ebb", "faults"), [("short", 3, 0), ("short", 3.1, 1), ("gaps", 12, 0), ("gaps", 13, 1)]
)
def test_ebb_has_to_be_as_fast_on_clean_numbers_and_a_quarter_as_fast_elsewhere(
    kind: str, ebb: float, faults: int
) -> None:
    assert len(a_race(runs(ebb, ebb, ebb), kind).faults()) == faults


def test_the_fault_names_the_kind_and_both_speeds() -> None:
    assert a_race(runs(6, 6, 6)).faults() == ["short: Ebb is 0.50 times as fast as Polars, eager; wanted: 1"]


def test_a_line_shows_the_median_in_megabytes_a_second() -> None:
    line = next(line for line in a_race(runs(1, 2, 50, peak=48_000_000)).lines() if line.startswith("Ebb"))
    assert line.split() == ["Ebb", "50", "1.00", "2.00", "s", "4.00", "s", "48", "MB"]


def test_what_cat_needs_is_not_shown_as_memory() -> None:
    race = Race(KINDS["short"], 1, {POLARS[1]: runs(1), COPY: runs(1)})
    assert not next(line for line in race.lines() if line.startswith("cat")).endswith("MB")


def facts(**changed: Any) -> dict[str, Any]:
    column = {"minimum": 1.0, "maximum": 2.0, "missing": 3, "finite": True}
    whole = {name: changed.pop(name) for name in ("rows", "sha256") if name in changed}
    return {"rows": 1000, "sha256": "a", "columns": [column | changed]} | whole


def test_contenders_that_found_the_same_agree_to_within_a_rounded_share() -> None:
    assert list(disagreements({"A": facts(), "B": facts(missing=4), "C": facts(missing=3)})) == []


@pytest.mark.parametrize("change", [{"rows": 999}, {"sha256": "b"}, {"minimum": 0.5}, {"maximum": 3}, {"missing": 9}])
def test_a_contender_that_found_something_else_is_named(change: dict[str, Any]) -> None:
    (said,) = disagreements({"A": facts(), "B": facts(**change)})
    assert said.startswith("A and B disagree")
