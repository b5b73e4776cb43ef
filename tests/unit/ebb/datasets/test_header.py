"""Whether a first line is a header: forty of them, with a row below each."""

from __future__ import annotations

import pytest

from ebb.datasets.cells import is_number
from ebb.datasets.header import Cell, FirstLine, first_line, kind_of
from ebb.datasets.layout import Layout, layout_of
from ebb.datasets.records import Records
from ebb.problems import Code, Problems, RefusedError
from ebb.settings.model_settings import ModelSettings

HEADER, ROW, OPEN, POSITIONS = FirstLine.HEADER, FirstLine.ROW, FirstLine.OPEN, FirstLine.POSITIONS
TITANIC = "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked"
TITANIC_ROW = "1,0,3,Braund,male,22,1,0,A/5 21171,7.25,,S"
DIAMONDS, DIAMONDS_ROW = (
    ",carat,cut,color,clarity,depth,table,price,x,y,z",
    "1,0.23,Ideal,E,SI2,61.5,55,326,3.95,3.98,2.43",
)
LINES = [
    ("length,diameter,rings", "0.455,0.365,15", HEADER),
    ("0.455,0.365,15", "0.35,0.265,7", ROW),
    (TITANIC, TITANIC_ROW, HEADER),
    (DIAMONDS, DIAMONDS_ROW, HEADER),
    ("gdp,2019,2020", "2.3,1.2,7.6", HEADER),
    ("gdp,2019,2020,2021,2022", "2.3,1.2,7.6,6.8,1.1", HEADER),
    ("country,2019,2020", "Peru,1.2,7.6", OPEN),
    ("2019,2020,2021", "1.2,7.6,6.8", OPEN),
    (",2019,2020", "0,7.6,6.8", OPEN),
    ("1999,3", "2004,7", ROW),
    ("1799,2101", "3,4", ROW),
    ("?,1,2,?", "4,1,2,7", ROW),
    ("?,?", "4,1", ROW),
    ("NA,12,13", "1,2,3", ROW),
    ("0,1", "1,0", ROW),
    ("0,1,2", "5,7,3", ROW),
    ("0,1,2,3", "5,7,3,9", POSITIONS),
    (",0,1,2,3", "0,5,7,3,9", POSITIONS),
    (",0,1", "0,5,7", POSITIONS),
    (",0", "0,5", ROW),
    ("0,1,2,4", "5,7,3,9", ROW),
    ("RI,Na,Mg,Type", "1.52,13.6,4.49,1", HEADER),
    ("Na,K", "1.2,3.4", HEADER),
    ("Na,None", "1.2,3.4", ROW),
    ("a,1,2", "3,1,2", HEADER),
    ("a,2,1", "3,1,2", ROW),
    ("a,7,8,b", "3,1,2,4", HEADER),
    ("a,7,8,9", "3,1,2,4", ROW),
    ("x,1", "4,7", HEADER),
    ("M,0.455,0.365", "F,0.35,0.265", ROW),
    ("sex,length,rings", "M,0.35,7", HEADER),
    ("5.1,3.5,1.4,0.2,Iris-setosa", "4.9,3.0,1.4,0.2,Iris-setosa", ROW),
    ("buying,maint,doors,class", "vhigh,vhigh,2,unacc", HEADER),
    ("vhigh,vhigh,2,unacc", "low,low,4,acc", ROW),
    ("red,yes", "blue,no", OPEN),
    ("-,.", "1,2", ROW),
    ("%,#", "1,2", ROW),
    ("%m,n°", "1,2", HEADER),
    ("1,5;2,5", "1,5;3,5", ROW),
    ("inf,3", "1,2", ROW),
    ("1e5,b", "1,2", HEADER),
    ("größe,重さ", "1,2", HEADER),
    ("1st,2nd", "4,5", HEADER),
]


@pytest.mark.parametrize(("first", "row", "verdict"), LINES, ids=[line[0][:40] for line in LINES])
def test_the_first_line_is_told_by_what_stands_below_it(first: str, row: str, verdict: FirstLine) -> None:
    delimiter = ";" if ";" in first else ","
    below = [is_number(cell.replace(",", ".")) for cell in row.split(delimiter)]
    assert first_line(first.split(delimiter), below) is verdict


def test_there_are_forty_of_them() -> None:
    assert len(LINES) >= 40


@pytest.mark.parametrize(
    ("cell", "place", "kind"),
    [
        ("1800", 0, Cell.YEAR),
        ("2100", 0, Cell.YEAR),
        ("2101", 0, Cell.VALUE),
        ("2019.0", 0, Cell.VALUE),
        ("3", 3, Cell.NEITHER),
        ("3.0", 3, Cell.VALUE),
        ("1,000", 0, Cell.VALUE),
        ("", 0, Cell.NEITHER),
        ("null", 0, Cell.NEITHER),
        ("_", 0, Cell.NAME),
    ],
)
def test_a_cell_over_numbers(cell: str, place: int, kind: Cell) -> None:
    assert kind_of(cell, place) is kind


def read(text: str, **settings: object) -> Layout:
    problems = Problems()
    (head, *_) = Records([text.encode()], problems).blocks()
    return layout_of(head, ModelSettings(**settings), problems)[0]  # type: ignore[arg-type]


def refused(text: str, **settings: object) -> RefusedError:
    with pytest.raises(RefusedError) as refusal:
        read(text, **settings)
    return refusal.value


ROWS = "".join(f"{row * 7 % 11 / 10},{row * 5 % 13 / 10},{row * 3 % 17 / 10}\n" for row in range(12))


def test_a_name_from_model_toml_shows_the_header_whatever_stands_below() -> None:
    assert read(f"2019,2020,2021\n{ROWS}", label="2020").label == 1
    assert read(f"2019,2020,2021\n{ROWS}", label=0, drop=("2021",)).names == ("2019", "2020", "2021")


def test_what_stays_open_is_refused_with_both_lines() -> None:
    for text in (f"2019,2020,2021\n{ROWS}", "red,yes\nblue,no\n" * 6):
        (problem,) = refused(text, label=0).problems
        assert problem.code is Code.HEADER_UNCLEAR
        assert "header = true" in problem.remedy
        assert "header = false" in problem.remedy


def test_a_delimiter_at_the_end_of_the_lines_is_no_column_and_the_last_one_is_the_one_before() -> None:
    trailing = ROWS.replace("\n", ",\n")
    for text in (f"a,b,c,\n{trailing}", f"a,b,c\n{trailing}", trailing):
        layout = read(text, label=-1)
        assert (layout.label, layout.ending, layout.features) == (2, 3, (0, 1))
    only_above = read(f"a,b,c,\n{ROWS}", label="c")
    assert (only_above.names, only_above.ending, only_above.dropped) == (("a", "b", "c"), None, frozenset())


def test_row_names_are_left_out_whether_the_header_knows_of_them_or_not() -> None:
    counted = "".join(f'"{number}",{line}\n' for number, line in enumerate(ROWS.splitlines(), 1))
    named = "".join(f"town {chr(97 + number)},{line}\n" for number, line in enumerate(ROWS.splitlines()))
    for text in (f'"",a,b,c\n{counted}', f"a,b,c\n{counted}", f",a,b,c\n{named}", f"a,b,c\n{named}"):
        layout = read(text, label="c")
        assert (layout.names, layout.dropped, layout.label) == (("", "a", "b", "c"), frozenset({0}), 3)
        assert [remark.code for remark in layout.remarks] == [Code.ROW_NAMES]


def test_any_other_column_without_a_name_is_refused_with_the_line_that_leaves_it_out() -> None:
    text = f",a,\n{ROWS}"
    first, second = refused(text, label="a").problems
    assert (first.code, first.column, second.column) == (Code.UNNAMED_COLUMN, 0, 2)
    assert "drop = [0, 2]" in first.remedy
    assert "drop = ['a', 0, 2]" in refused(text, label=0, drop=("a",)).problems[1].remedy
    assert read(f",a,b\n{ROWS}", label="a", drop=(0,)).features == (2,)


def test_a_name_that_is_nearly_there_is_offered() -> None:
    (problem,) = refused(f"a,b,SalePrice\n{ROWS}", label="saleprice").problems
    assert problem.remedy.startswith("Did you mean 'SalePrice'?")
    (problem,) = refused(f"Survived,Age,Fare\n{ROWS}", label="Survivd").problems
    assert problem.remedy.startswith("Did you mean 'Survived'?")
    assert "The columns are" in refused(f"a,b,c\n{ROWS}", label="zzz").problems[0].remedy
