"""`ebb check` as a person or a script starts it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from docs.dataset_schema import dataset_schema
from local import programs
from local.stack import ROOT
from tests.end_to_end.terminal import Terminal

EBB = programs.FOLDER / "ebb"
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80", "LANG": "C.UTF-8"}
ABALONE = ROOT / "examples/abalone.csv"
PROBLEM = {"code", "line", "column", "value", "problem", "remedy"}

IMPATIENT = """
import runpy, sys
class Finder:
    def find_spec(self, name, *more):
        if name == "cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
runpy.run_module("cli", run_name="__main__")
"""


@pytest.fixture(scope="module", autouse=True)
def ebb() -> None:
    programs.write()


def check(*words: str | Path, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EBB, "check", *words],
        cwd=cwd,
        env=ENVIRONMENT | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=200,
    )


def told(*words: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(check(*words, "--json").stdout)
    return document


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Two towns, a garden or none, and the price last; its settings lie beside it."""
    towns, gardens = ("Bonn", "Ulm"), ("yes", "no")
    rows = [f"{towns[at % 2]},{60 + max(at, 1)},{gardens[at // 9 % 2]},{100 + 7 * at}" for at in range(40)]
    (tmp_path / "model.toml").write_text('label = "price"\n')
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(["town,area,garden,price", *rows, ""]))
    return path


def break_(path: Path, line: int, old: str, new: str) -> None:
    lines = path.read_text().split("\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_text("\n".join(lines))


def test_an_accepted_file_ends_with_0_and_a_table_of_its_columns(houses: Path) -> None:
    done = check(houses)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ accepted  houses.csv\n")
    assert re.search(r"0  town    category      0 %  Bonn \(20\), Ulm \(20\)       0-1\n", done.stdout)
    assert re.search(r"3  price   label         0 %  100 to 373\n", done.stdout)


def test_a_refused_file_ends_with_1_and_says_where_and_what_to_do(houses: Path) -> None:
    break_(houses, 7, "65", "sixty")
    break_(houses, 9, ",149", ",")
    done = check(houses)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("✗ refused  houses.csv: 2 problems\n")
    assert "\n  line 7, column 1 \"area\": 'sixty' is not a number" in done.stdout
    assert '\n  line 9, column 3 "price": The label is missing.\n    → Fill it in' in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing.csv"], 3, "There is no file nothing.csv."),
        (["houses.csv", "--settings", "nothing.toml"], 3, "There is no file nothing.toml."),
        (["."], 3, ". is a directory"),
        (["-"], 2, "Standard input cannot be read twice"),
        ([], 2, "FILE"),
        (["houses.csv", "--max-gb", "much"], 2, "'much' is not a whole number"),
    ],
)
def test_what_cannot_be_checked_is_told_on_stderr(houses: Path, words: Sequence[str], code: int, said: str) -> None:
    done = check(*words, cwd=houses.parent)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_json_is_the_dataset_and_nothing_else(houses: Path) -> None:
    done = check(houses, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    dataset = json.loads(done.stdout)
    assert (dataset["verdict"], dataset["problems"], dataset["warnings"]) == ("accepted", [], [])
    assert dataset["features"] == ["town=Bonn", "town=Ulm", "area", "garden"]
    assert dataset["rows"]["all"] == 40
    assert dataset["source"]["sha256"] == hashlib.sha256(houses.read_bytes()).hexdigest()
    validate(dataset, dataset_schema())


def test_json_of_a_refused_file_has_the_problems_of_the_contract(houses: Path) -> None:
    break_(houses, 7, "65", "1,065")
    refused = told(houses)
    assert refused["verdict"] == "refused"
    (problem,) = refused["problems"]
    assert problem.keys() == PROBLEM
    validate(refused, dataset_schema())
    assert (problem["code"], problem["line"], problem["column"]) == ("ragged_row", 7, {"position": 4, "name": None})


def test_a_compressed_file_is_the_same_table(houses: Path) -> None:
    packed = houses.with_name("houses.csv.gz")
    packed.write_bytes(gzip.compress(houses.read_bytes()))
    one, other = told(houses), told(packed)
    assert other["format"] == one["format"] | {"compression": "gzip"}
    assert {name: one[name] for name in ("columns", "rows", "label", "encoding")} == {
        name: other[name] for name in ("columns", "rows", "label", "encoding")
    }


def test_settings_are_those_named_or_those_beside_the_file_or_the_defaults(houses: Path) -> None:
    other = houses.with_name("other.toml")
    other.write_text("label = 1\n")
    assert (told(houses)["label"]["name"], told(houses, "--settings", other)["label"]["name"]) == ("price", "area")
    assert "  settings   model.toml, beside the file\n" in check(houses).stdout
    assert "  settings   other.toml\n" in check(houses, "--settings", "other.toml", cwd=houses.parent).stdout
    houses.with_name("model.toml").unlink()
    assert "the defaults; there is no model.toml beside the file" in check(houses).stdout


def test_the_ending_is_that_of_the_upload(houses: Path) -> None:
    published = houses.rename(houses.with_name("houses.data"))
    refused = told(published)
    assert [problem["code"] for problem in refused["problems"]] == ["wrong_ending"]
    assert check(published, "--as", "houses.csv").returncode == 0
    assert [problem["code"] for problem in told(published, "--as", "houses.csv.gz")["problems"]] == ["bad_gzip"]


def test_the_limits_are_those_of_the_stack(houses: Path) -> None:
    houses.with_name("model.toml").write_text('label = "price"\n[training]\ninstance_type = "ml.p3.2xlarge"\n')
    assert check(houses).returncode == 1
    assert check(houses, "--instance-types", "ml.p3.*").returncode == 0
    assert [problem["code"] for problem in told(ABALONE, "--max-gb", "0")["problems"]] == ["too_large"]


def test_the_whole_is_shown_on_demand(houses: Path) -> None:
    with houses.open("a") as file:
        file.writelines(f"Town {at},70,no,{at}\n" for at in range(30))
    assert "more" in check(houses).stdout
    assert "Town 29" not in check(houses).stdout
    assert "Town 29 (1)" in check(houses, "--whole").stdout


def test_a_folder_of_the_same_name_where_somebody_works_is_not_ours(houses: Path) -> None:
    for name in ("cli", "ebb"):
        houses.with_name(name).mkdir()
        (houses.parent / name / "__init__.py").write_text("raise SystemExit('not ours')\n")
    houses.with_name("json.py").write_text("raise SystemExit('not ours')\n")
    assert check("houses.csv", cwd=houses.parent).returncode == 0


def test_it_starts_at_once_because_nothing_of_aws_is_loaded() -> None:
    loaded = check(ABALONE, PYTHONPROFILEIMPORTTIME="1").stderr
    assert "ebb.datasets.prepare" in loaded
    assert not re.search(r"boto|urllib3|asyncio|rich|aws_lambda|ministack", loaded)


def test_losing_patience_while_it_starts_is_no_error() -> None:
    done = subprocess.run([sys.executable, "-c", IMPATIENT], cwd=ROOT, capture_output=True, check=False, timeout=200)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_reader_that_has_seen_enough_changes_nothing(houses: Path) -> None:
    for name, code in (("houses.csv", 0), ("broken.csv", 1)):
        houses.with_name("broken.csv").write_text(houses.read_text().replace("65", "x"))
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [EBB, "check", houses.with_name(name)], env=ENVIRONMENT, stdout=write, stderr=subprocess.PIPE, check=False
        )
        os.close(write)
        assert (done.returncode, done.stderr) == (code, b"")


def test_an_answer_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [EBB, "check", ABALONE], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"ebb check: The answer cannot be written: No space left on device.\n")


def test_streams_that_are_closed_leave_the_exit_code() -> None:
    command = ["sh", "-c", f'exec "{EBB}" check "{ABALONE}" >&- 2>&-']
    assert subprocess.run(command, env=ENVIRONMENT, check=False).returncode == 0


def test_a_stream_without_unicode_gets_ascii(houses: Path) -> None:
    done = check(houses, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("+ accepted  houses.csv\n")
    assert done.stdout.isascii()


def test_on_a_terminal_there_is_colour_unless_it_is_not_wanted(houses: Path) -> None:
    assert Terminal.run([EBB, "check", houses, "--no-progress"]).text.startswith("\x1b[1;32m✓ accepted\x1b[0m")
    assert "\x1b" not in Terminal.run([EBB, "check", houses, "--no-progress"], NO_COLOR="1").text
    assert "\x1b" not in Terminal.run([EBB, "check", houses, "--no-progress"], TERM="dumb").text


def test_no_text_of_a_file_reaches_the_terminal_as_an_order(houses: Path) -> None:
    houses.write_text(houses.read_text().replace("town", "to\x1b[2Jwn\u202e").replace("Bonn", "\x1b]0;mine\x07" * 3))
    shown = Terminal.run([EBB, "check", houses, "--no-progress"], NO_COLOR="1").text
    assert shown.replace("\r\n", "").isprintable()
    assert r"to\x1b[2Jwn" in shown
