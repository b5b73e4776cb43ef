from __future__ import annotations

from typing import Any

import pytest

from cli.check.dataset_lines import dataset_lines
from cli.terminal.screen import Screen
from cli.terminal.text import width
from tests.unit.cli.conftest import Make


def shown(dataset: dict[str, Any], screen: Screen | None = None, *, whole: bool = False) -> list[str]:
    return list(dataset_lines(dataset, "rings.csv", "model.toml", screen or Screen(), whole=whole))


def fact(dataset: dict[str, Any], name: str) -> str:
    """What stands behind a name, with the lines below it."""
    text = "\n".join(shown(dataset))
    return " ".join(text.partition(f"\n  {name} ")[2].partition("\n\n")[0].split()).partition("  ")[0]


def test_an_accepted_file(accepted: dict[str, Any]) -> None:
    assert shown(accepted) == [
        "✓ accepted  rings.csv",
        "  rows       4,177: 3,341 to train on, 836 held out (validation = 0.2)",
        '  predicts   "rings" (column 2), a number from 1 to 29, by reg:squarederror',
        "  columns    3 in the file, 2 features to train on",
        "  format     separated by commas, with a header",
        "  settings   model.toml",
        "",
        "  column  name    kind    missing  values          features",
        "  ─────────────────────────────────────────────────────────",
        "       0  length  number      0 %  0.075 to 0.815         0",
        "       1  height  number     25 %  0 to 1                 1",
        "       2  rings   label       0 %  1 to 29",
    ]


def test_of_two_classes_the_positive_one_is_told(accepted: dict[str, Any]) -> None:
    accepted["label"] |= {"name": None, "kind": "class", "classes": ["no", "yes"], "chosen": "the first column"}
    accepted["objective"] = "binary:logistic"
    said = "column 2, as the first one, no or yes (the positive one), by binary:logistic"
    assert fact(accepted, "predicts").startswith(said)


def test_classes_are_told_as_the_file_spells_them(accepted: dict[str, Any]) -> None:
    accepted["label"] |= {"kind": "class", "classes": ["1", "2.0", "9"], "chosen": "its name"}
    assert fact(accepted, "predicts").startswith('"rings" (column 2), by its name, 3 classes: 1, 2.0, 9, by reg')


def test_of_very_many_classes_the_first_are_told(accepted: dict[str, Any]) -> None:
    accepted["label"] |= {"kind": "class", "classes": [f"class {number}" for number in range(100)]}
    assert "class 19, … 80 more, by" in fact(accepted, "predicts")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"delimiter": "\t", "header": False, "compression": "gzip"}, "separated by tabs, no header, gzip"),
        ({"delimiter": ";", "header": True, "compression": None}, "separated by semicolons, with a header"),
    ],
)
def test_the_format_in_words(accepted: dict[str, Any], found: dict[str, Any], said: str) -> None:
    assert fact(accepted | {"format": found}, "format").startswith(said)


def test_warnings_are_counted_first_and_told_last(accepted: dict[str, Any], problem: Make) -> None:
    place = {"position": 1, "name": "height"}
    lines = shown(accepted | {"warnings": [problem("A quarter of it is missing.", column=place)]})
    assert lines[0] == "✓ accepted  rings.csv, with 1 warning"
    assert lines[-2] == '  column 1 "height": A quarter of it is missing.'


def test_a_refused_file(problem: Make) -> None:
    refused = {
        "verdict": "refused",
        "problems": [problem(line=7, column={"position": 2, "name": None})],
        "warnings": [],
    }
    assert shown(refused) == [
        "✗ refused  rings.csv: 1 problem",
        "  settings   model.toml",
        "",
        "  line 7, column 2: 'abc' is not a number.",
        "    → Write a number.",
    ]


def test_twenty_problems_may_not_be_all(problem: Make) -> None:
    problems = [problem(line=line, column={"position": line, "name": None}) for line in range(1, 21)]
    refused = {"verdict": "refused", "problems": problems, "warnings": []}
    assert shown(refused)[-1].strip() == "Reading stopped at 20 problems. There may be more."
    assert "There may" not in shown(refused | {"problems": problems[:19]})[-1]


def test_names_settings_and_classes_cannot_steer_the_terminal(accepted: dict[str, Any], problem: Make) -> None:
    bad = "\x1b[2J\u202e\r\n" + "東京" * 300
    accepted["label"] |= {"name": bad, "classes": [bad, bad]}
    accepted["columns"][0]["name"] = bad
    accepted["warnings"] = [problem(bad, column={"position": 0, "name": bad})]
    for wide in (80, 132):
        lines = list(dataset_lines(accepted, bad, "model.toml", Screen(wide), whole=True))
        assert "".join(lines).isprintable()
        assert max(map(width, lines[1:])) <= wide


def test_colour_changes_nothing_but_the_colour(accepted: dict[str, Any]) -> None:
    lines = shown(accepted, Screen(colour=True))
    assert lines[0] == "\x1b[1;32m✓ accepted\x1b[0m  rings.csv"
    plain = [line.replace("\x1b[1;32m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") for line in lines]
    assert plain == shown(accepted)
