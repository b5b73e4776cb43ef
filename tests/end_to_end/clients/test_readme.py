"""local/README.md says what is so: its code runs, its tables are those of the program."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

from local.container.errors import NotEmulatedError
from local.container.versions import ImageVersion
from local.faults import KINDS
from local.sagemaker.misbehaviour import ORDERS
from local.sagemaker.service import OPERATIONS
from local.settings import Settings
from local.stack import ROOT

README = (ROOT / "local/README.md").read_text()
NOT_VARIABLES = {"account", "access_key"}


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, heads and rules left out."""
    lines = [line for line in text.splitlines() if re.match(r"\| [`\w]", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_its_pytest_fixture_works_without_ebb(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "test_mine.py").write_text(block)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_every_setting_is_in_the_table_with_its_default() -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section("Settings"))}
    for field in dataclasses.fields(Settings):
        if field.name in NOT_VARIABLES:
            assert f"field `{field.name}`" in section("Settings")
        elif field.name == "secret":
            assert table.pop("AWS_SECRET_ACCESS_KEY") == "random"
        elif field.name == "function_python":
            assert table.pop("FUNCTION_PYTHON") == "this Python"
        else:
            assert table.pop(field.name.upper()) == str(field.default), field.name
    assert set(table) == {"variable", "LOG_LEVEL"}


def test_every_operation_is_listed_and_no_other() -> None:
    listed = set(re.findall(r"`((?:[A-Z][a-z]+){1,4})`", section("What is emulated")))
    assert listed == {*OPERATIONS, "InvokeEndpoint"}


def test_every_fault_and_misbehaviour_is_explained() -> None:
    explained = {row[0].strip("`") for row in rows(section("Doors"))}
    assert {*KINDS, *ORDERS, "metrics"} <= explained
    assert explained - {*KINDS, *ORDERS, "metrics"} == {"door", "do", "name"} | {
        cell for cell in explained if re.match(r"(POST|GET|DELETE) ", cell)
    }


def test_the_image_table_names_what_runs_and_what_is_refused() -> None:
    table = rows(section("What is emulated"))[1:]
    for images, meaning in table:
        for tag in re.findall(r"`([\w.-]+)`", images):
            assert (meaning == "refused, with the reason") is (not runs(tag)), tag


def runs(tag: str) -> bool:
    try:
        ImageVersion.of(tag)
    except NotEmulatedError:
        return False
    return True
