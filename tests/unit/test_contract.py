"""Every published fact that the local cloud stands on names the tests that hold it, or why there is none."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "tests/contract"


def rows() -> list[Any]:
    return [
        pytest.param(row, id=f"{file.stem}: {row['source']}: {row['row']}")
        for file in sorted(CONTRACT.glob("*.toml"))
        for row in tomllib.loads(file.read_text())["row"]
    ]


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", rows())
def test_a_row_is_held_by_tests_that_exist_or_says_why_not(row: dict[str, Any]) -> None:
    assert set(row) <= {"source", "row", "tests", "missing"}
    assert bool(row.get("tests")) != bool(row.get("missing")), "tests, or a reason"
    for test in row.get("tests", []):
        file, _, name = test.partition("::")
        assert name.startswith("test_")
        assert name.partition("[")[0] in functions_of(file), test


def test_there_is_a_contract() -> None:
    assert {file.stem for file in CONTRACT.glob("*.toml")} == {"training", "serving", "control_plane", "gaps"}
