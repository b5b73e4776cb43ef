"""`ebb check --write-settings`: what it writes gets the file accepted, and says why."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cli.commands import check
from cli.outcome import CommandError, ExitCode
from cli.terminal.screen import Screen

TITANIC = "PassengerId,Survived,Pclass,Name,Sex,Age\n" + "".join(
    f'{row},{row * 7 % 3 % 2},{1 + row % 3},"Name {row}, Mr.",{("male", "female")[row % 2]},{20 + row % 40}\n'
    for row in range(1, 90)
)


def checked(*words: str | Path) -> tuple[ExitCode, dict[str, Any], str]:
    parser = argparse.ArgumentParser()
    check.arguments(parser)
    parser.add_argument("--json", action="store_true")
    outcome = check.run(parser.parse_args([*map(str, words), "--no-progress"]))
    return outcome.code, outcome.document, "\n".join(outcome.lines(Screen()))


@pytest.fixture
def titanic(tmp_path: Path) -> Path:
    path = tmp_path / "titanic.csv"
    path.write_text(TITANIC)
    return path


def test_without_a_label_the_refusal_shows_a_model_toml_that_gets_it_accepted(titanic: Path) -> None:
    code, document, said = checked(titanic)
    assert (code, document["problems"][0]["code"]) == (ExitCode.FAILED, "no_label")
    assert "label = 'Age'" in said
    assert "--write-settings writes it" in said
    assert tomllib.loads(document["model_toml"])["label"] == "Age"


def test_with_a_label_it_is_written_finished_with_what_has_to_be_left_out(titanic: Path) -> None:
    code, document, said = checked(titanic, "--label", "Survived", "--write-settings")
    assert (code, document["objective"], document["label"]["classes"]) == (0, "binary:logistic", ["0", "1"])
    assert '"Survived" (column 1), 0 or 1 (the positive one), by binary:logistic' in " ".join(said.split())
    text = (titanic.parent / "model.toml").read_text()
    assert "# The model predicts `Survived`, 0 or 1 (the positive one)." in text
    assert "'Name',  # too many different texts" in text
    written = tomllib.loads(text)
    assert (written["label"], written["drop"], written["header"]) == ("Survived", ["Name"], True)
    assert checked(titanic)[:2] == (ExitCode.DONE, document)


def test_one_that_is_there_is_left_as_it_is_unless_it_is_asked_for(titanic: Path) -> None:
    path = titanic.parent / "model.toml"
    path.write_text(
        "drop = ['Name', 'PassengerId']\nvalidation = 0.3\n[training]\nvolume_gb = 10\n[idle]\nkeep = true\n"
    )
    before = path.read_text()
    with pytest.raises(CommandError, match="--force writes over it"):
        checked(titanic, "--label", "Survived", "--write-settings")
    assert path.read_text() == before
    assert checked(titanic, "--label", "Survived", "--write-settings", "--force")[0] is ExitCode.DONE
    written = tomllib.loads(path.read_text())
    assert (written["drop"], written["validation"]) == (["Name", "PassengerId"], 0.3)
    assert (written["training"], written["idle"]) == ({"volume_gb": 10}, {"keep": True})


def test_what_leaving_columns_out_does_not_mend_is_refused_and_nothing_is_written(titanic: Path) -> None:
    titanic.write_text(TITANIC.replace(",25\n", ",n.k.\n"))
    code, document, _ = checked(titanic, "--label", "Survived", "--write-settings")
    assert (code, {problem["code"] for problem in document["problems"]}) == (1, {"too_many_values", "not_a_number"})
    assert not (titanic.parent / "model.toml").exists()


@pytest.mark.parametrize(("given", "place"), [("1", 1), ("-1", 5), ("Pclass", 2)])
def test_a_label_is_a_name_or_a_position(titanic: Path, given: str, place: int) -> None:
    (titanic.parent / "model.toml").write_text("drop = ['Name']\nlabel = 'Sex'\n")
    _, document, said = checked(titanic, f"--label={given}")
    assert document["label"]["position"] == place
    assert "and --label" in said


@pytest.mark.parametrize("given", ["", "-2", "n" * 1001])
def test_a_label_that_cannot_be_one_is_told(titanic: Path, given: str) -> None:
    with pytest.raises(CommandError, match="--label") as told:
        checked(titanic, f"--label={given}")
    assert told.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("given", "said"), [("9999", "Positions go from 0 to 5"), ("survived", "Did you mean 'Survived'?")]
)
def test_a_label_that_is_not_there_is_refused_as_that_of_a_model_toml(titanic: Path, given: str, said: str) -> None:
    code, document, _ = checked(titanic, f"--label={given}")
    (problem,) = document["problems"]
    assert (code, problem["code"]) == (ExitCode.FAILED, "unknown_column")
    assert said in problem["remedy"]
