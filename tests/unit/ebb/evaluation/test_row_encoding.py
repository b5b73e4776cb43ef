"""Held-out rows of one table in the encoding of another: as if the other run had been given the same file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.evaluation.row_encoding import NotComparableError, decode, encode
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.preparing import Memory, RecordingSink, prepared

HOMES = """price,rooms,heating,garden,note
10,3,gas,yes,a
12,4,oil,no,b
11,,gas,yes,c
15,5.50,gas,YES,d
9,1e-50,wood,,e
13,2,oil,no,f
14,7,,no,g
10,3,gas,no,h
11,6,oil,no,i
12,1,gas,no,j
"""


def table(text: str, **settings: Any) -> tuple[dict[str, Any], RecordingSink]:
    given = ModelSettings(**{"validation": 0.0, "label": 0} | settings)
    dataset, sink = prepared(Memory(text.encode()), given)
    return dataset.as_json(), sink


def features(sink: RecordingSink) -> list[str]:
    return [row.partition(",")[2] for row in sink.train.lines]


def test_a_row_becomes_cells_by_column_name() -> None:
    dataset, sink = table(HOMES, drop=("note",))
    cells = [decode(row, dataset) for row in features(sink)]
    assert cells[0] == {"rooms": "3", "heating": "gas", "garden": "yes"}
    assert cells[2] == {"rooms": None, "heating": "gas", "garden": "yes"}
    assert cells[3] == {"rooms": "5.50", "heating": "gas", "garden": "yes"}
    assert cells[4] == {"rooms": "0", "heating": "wood", "garden": None}
    assert cells[6] == {"rooms": "7", "heating": None, "garden": "no"}


def test_a_row_becomes_cells_by_position_without_a_header() -> None:
    dataset, sink = table(HOMES.partition("\n")[2], drop=(4,))
    assert decode(features(sink)[0], dataset) == {1: "3", 2: "gas", 3: "yes"}


@pytest.mark.parametrize("settings", [{"drop": ("note",)}, {"drop": ("note", "rooms"), "label": "price"}])
def test_in_its_own_encoding_a_row_stays_as_it_is(settings: dict[str, Any]) -> None:
    dataset, sink = table(HOMES, **settings)
    rows = features(sink)
    assert [encode(decode(row, dataset), dataset) for row in rows] == rows


@pytest.mark.parametrize(
    "order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 3, 4, 1)], ids=["same", "reversed", "mixed"]
)
def test_columns_in_another_order_are_found_by_their_names(order: tuple[int, ...]) -> None:
    lines = [line.split(",") for line in HOMES.splitlines()]
    other = "".join(",".join(line[place] for place in order) + "\n" for line in lines)
    own, own_sink = table(HOMES, drop=("note",), label="price")
    live, live_sink = table(other, drop=("note",), label="price")
    assert [encode(decode(row, own), live) for row in features(own_sink)] == features(live_sink)


def test_what_the_other_run_did_not_know_is_none_of_its_values() -> None:
    live, _ = table(HOMES.replace("wood", "gas"), drop=("note",), label="price")
    assert encode({"rooms": "2", "heating": "coal", "garden": "yes"}, live) == "2,0,0,1"
    assert encode({"rooms": None, "heating": "oil", "garden": "perhaps"}, live) == ",0,1,nan"


def test_a_number_is_written_as_xgboost_reads_it() -> None:
    live, _ = table(HOMES, drop=("note",))
    assert encode({"rooms": "1e-50", "heating": "gas", "garden": "no"}, live).startswith("0,")


def test_the_words_for_true_may_differ() -> None:
    in_other_words = HOMES.replace("yes", "TRUE").replace("YES", "TRUE").replace(",no,", ",False,")
    own, sink = table(in_other_words, drop=("note",))
    live, _ = table(HOMES, drop=("note",))
    assert encode(decode(features(sink)[0], own), live).endswith(",1")


def test_true_is_written_as_it_was_for_a_run_that_knows_it_as_a_category() -> None:
    own, sink = table(HOMES, drop=("note",))
    live, _ = table(HOMES.replace("9,1e-50,wood,,e", "9,1,wood,perhaps,e"), drop=("note",))
    names = dict(zip(live["features"], encode(decode(features(sink)[0], own), live).split(","), strict=True))
    assert {name: cell for name, cell in names.items() if name.startswith("garden=")} == {
        "garden=no": "0",
        "garden=yes": "1",
        "garden=YES": "0",
        "garden=perhaps": "0",
    }


def test_a_needed_column_that_is_not_there_is_named() -> None:
    live, _ = table(HOMES, drop=("note",))
    with pytest.raises(NotComparableError, match=r"needs the column 'garden', which is no feature of the new table"):
        encode({"rooms": "1", "heating": "gas"}, live)
    headless, _ = table(HOMES.partition("\n")[2], drop=(4,))
    with pytest.raises(NotComparableError, match=r"needs column 1, "):
        encode({"rooms": "1", "heating": "gas", "garden": "no"}, headless)


def test_text_where_the_live_run_learned_from_numbers_is_not_comparable() -> None:
    live, _ = table(HOMES, drop=("note",))
    for cell in ("gas", "1e60", "inf"):
        with pytest.raises(NotComparableError, match=f"'{cell}' in column 'rooms' is no number"):
            encode({"rooms": cell, "heating": "gas", "garden": "yes"}, live)


def test_a_row_of_another_run_is_not_taken_for_its_own() -> None:
    dataset, _ = table(HOMES, drop=("note",))
    with pytest.raises(NotComparableError, match="2 features, and its run has 5"):
        decode("1,2", dataset)


@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from(["", "1", "-2.5", "1e-45", "0.1234567890123456789012", "1e5", "NA"]),
            st.sampled_from(["", "red", "green", '"a,b"', '"say ""yes"""']),
            st.sampled_from(["true", "FALSE", "", "True"]),
        ),
        min_size=10,
        max_size=20,
    )
)
def test_any_row_stays_as_it_is_in_its_own_encoding(cells: list[tuple[str, str, str]]) -> None:
    lines = [f"{number},{','.join(row)}" for number, row in enumerate((*cells, ("3", "red", "true")))]
    dataset, sink = table("y,a,b,c\n" + "\n".join(lines) + "\n", header=True)
    rows = features(sink)
    assert [encode(decode(row, dataset), dataset) for row in rows] == rows
