from pathlib import Path

import pytest

from examples import prepare_abalone


def test_both_files_are_exactly_what_the_script_makes_of_the_published_one(tmp_path: Path) -> None:
    prepare_abalone.main(tmp_path / "prepared.csv", tmp_path / "header.csv")
    assert (tmp_path / "prepared.csv").read_bytes() == prepare_abalone.PREPARED.read_bytes()
    assert (tmp_path / "header.csv").read_bytes() == prepare_abalone.WITH_HEADER.read_bytes()


def test_abalone_csv_has_every_row_and_eleven_columns() -> None:
    rows = [line.split(",") for line in prepare_abalone.PREPARED.read_text("ascii").splitlines()]
    assert len(rows) == 4177
    assert {len(row) for row in rows} == {11}


def test_label_first_then_one_column_per_sex_then_the_measurements_as_they_were_written() -> None:
    (row,) = prepare_abalone.prepare(["I,0.33,0.255,0.08,0.205,0.0895,0.0395,0.055,7\n"])
    assert ",".join(row) == "7,0,0,1,0.33,0.255,0.08,0.205,0.0895,0.0395,0.055"


def test_a_line_that_is_not_an_abalone_is_named() -> None:
    with pytest.raises(ValueError, match="line 1"):
        list(prepare_abalone.prepare(["X,1,2\n"]))
