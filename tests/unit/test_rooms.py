"""`functions/ebb` has a room for each function, with what it alone runs; what several of them run lies beside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "functions"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
FUNCTIONS = [name for name in MODULES if "." not in name and name != "ebb"]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


IMPORTS = {name: set(_imported(path)) & MODULES.keys() for name, path in MODULES.items()}


def _run_by(function: str) -> set[str]:
    found, todo = set[str](), [function]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += IMPORTS[module]
    return found


RUN_BY = {function: _run_by(function) for function in FUNCTIONS}


def _users(module: str) -> set[str]:
    return {function for function in FUNCTIONS if module in RUN_BY[function]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_lies_in_its_room_nobody_else_runs(function: str) -> None:
    room = [module for module in MODULES if module.startswith(f"ebb.{function}.")]
    assert room
    assert {module: users for module in room if (users := _users(module)) != {function}} == {}


def test_what_lies_beside_the_rooms_several_of_them_run() -> None:
    beside = [module for module, path in MODULES.items() if path.parent == ROOT / "ebb" and module != "ebb"]
    assert {module: users for module in beside if len(users := _users(module)) < 2} == {}


def test_nothing_is_shipped_that_nobody_runs() -> None:
    packages = {module for module, path in MODULES.items() if path.name == "__init__.py"}
    assert MODULES.keys() - packages - set().union(*RUN_BY.values()) == set()
