"""The structure of `functions/` in figures: `python -m tests.structure` (a floors test holds it: tests/unit/test_floors.py).

A room is a package of `functions/ebb`, or a module that lies flat in it; a handler is a room of its own. An arrow is
a module of one room that imports a module of another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1] / "functions"
NESTED = ("ebb.deploy_endpoint.requests", "ebb.tear_down_idle.verdict", "ebb.tear_down_idle.reconcile")


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Each module by its dotted name; a package by the name of its folder."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(root.rglob("*.py"))
    }


def imports(known: Mapping[str, Path]) -> dict[str, set[str]]:
    """What each module imports of the others."""
    return {name: set(_imported(path)) & known.keys() - {name} for name, path in known.items()}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def room(module: str) -> str:
    """`deploy_endpoint.requests` of `ebb.deploy_endpoint.requests.wake`."""
    if not module.startswith("ebb."):
        return module
    nested = next((package for package in NESTED if module == package or module.startswith(f"{package}.")), None)
    return nested.removeprefix("ebb.") if nested else module.split(".")[1]


def arrows(known: Mapping[str, Path]) -> dict[tuple[str, str], set[str]]:
    """The importing modules of each pair of rooms."""
    found: dict[tuple[str, str], set[str]] = {}
    for module, imported in imports(known).items():
        for other in imported - {"ebb"}:
            if room(module) != room(other):
                found.setdefault((room(module), room(other)), set()).add(module)
    return found


def circles(pairs: set[tuple[str, str]]) -> list[list[str]]:
    """Rooms that reach each other (Tarjan's strongly connected components with more than one room)."""
    after: dict[str, list[str]] = {}
    for here, there in pairs:
        after.setdefault(here, []).append(there)
        after.setdefault(there, [])
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in after[node]:
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(after):
        if node not in order:
            visit(node)
    return found


def main() -> None:
    known = modules()
    pairs = set(arrows(known))
    flat = [name for name, path in known.items() if path.parent == ROOT / "ebb" and path.name != "__init__.py"]
    lines = sum(len(path.read_text().splitlines()) for path in known.values())
    rooms = {room(name) for name in known if name != "ebb"}
    print(f"modules              {len(known)}")
    print(f"flat in ebb          {len(flat)}: {' '.join(name.removeprefix('ebb.') for name in flat)}")
    print(f"rooms                {len(rooms)}")
    print(f"arrows between rooms {len(pairs)}")
    print(f"circles              {len(circles(pairs))} {circles(pairs) or ''}")
    print(f"lines of functions/  {lines}")


if __name__ == "__main__":
    main()
