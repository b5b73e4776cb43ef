"""tests/README.md says which test holds which promise; nobody removes or moves one without it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MARK = re.compile(r"\bpytest\.mark\.soak\b")


def rows() -> list[tuple[str, str, str]]:
    """Each promise with what is said of `make test` and `make soak`."""
    _, _, table = (TESTS / "README.md").read_text().partition("| promise |")
    cells = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("|"))
    return [(promise.strip(), quick, long) for promise, quick, long in cells if promise.strip("-")]


def named(cell: str) -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(\w+)`", cell)


@cache
def functions(path: str) -> dict[str, str]:
    """The decorators of each test of a file."""
    source = (TESTS / path).read_text()
    tests = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {node.name: "\n".join(ast.unparse(each) for each in node.decorator_list) for node in tests}


def test_there_are_promises() -> None:
    assert len(rows()) > 20


@pytest.mark.parametrize(("promise", "quick"), [(promise, quick) for promise, quick, _ in rows()])
def test_each_is_held_by_tests_that_make_test_runs(promise: str, quick: str) -> None:
    assert named(quick) or "every test of" in quick
    for path, name in named(quick):
        assert name in functions(path), f"{path} has no {name}"
        whole = [line for line in functions(path)[name].splitlines() if MARK.fullmatch(line)]
        assert not whole, f"{name} is for `make soak` alone"


@pytest.mark.parametrize(("promise", "long"), [(promise, long) for promise, _, long in rows() if long.strip()])
def test_its_long_proof_is_in_make_soak(promise: str, long: str) -> None:
    for path, name in named(long):
        assert name in functions(path), f"{path} has no {name}"
        assert MARK.search((TESTS / path).read_text()), f"nothing of {path} is for `make soak`"
