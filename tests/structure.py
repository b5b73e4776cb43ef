"""The structure of `functions/` in figures: `python -m tests.structure`. tests/unit/test_floors.py holds it.

A room is a package of `functions/ebb`, with what lies nested in it and with the handler of its name; or a module that
lies flat. An arrow leads from a room to each other one that a module of it imports.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1] / "functions"
# From the top down. Rooms of one floor do not import each other, so a function's own room is its handler's alone.
FLOORS = (
    ("start_training", "deploy_endpoint", "confirm_endpoint", "tear_down_idle", "predict"),
    ("endpoints",),
    ("context",),
    ("announcements",),
    ("messaging", "evaluation"),
    ("bucket", "ledger"),
    ("datasets", "aws", "trees"),
    ("environment",),
    ("settings",),
    ("problems", "times", "numbers", "observability"),
    ("names", "errors"),
)


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
    """`deploy_endpoint` of `ebb.deploy_endpoint.requests.wake`, and of `deploy_endpoint` itself."""
    return module.removeprefix("ebb.").split(".")[0]


def arrows(known: Mapping[str, Path]) -> dict[tuple[str, str], set[str]]:
    """The importing modules of each pair of rooms."""
    found: dict[tuple[str, str], set[str]] = {}
    for module, imported in imports(known).items():
        for other in imported - {"ebb"}:
            if room(module) != room(other):
                found.setdefault((room(module), room(other)), set()).add(module)
    return found


def circle(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Rooms, or modules, that lead to each other, the first one once more at the end; empty without any."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for here, there in sorted(pairs):
        order.add(here, there)
    try:
        order.prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def between_modules(known: Mapping[str, Path]) -> list[tuple[str, str]]:
    return [(here, there) for here, imported in imports(known).items() for there in imported - {"ebb"}]


def main() -> None:
    known = modules()
    pairs = set(arrows(known))
    flat = [name for name, path in known.items() if path.parent == ROOT / "ebb" and path.name != "__init__.py"]
    figures = {
        "modules": len(known),
        "flat in ebb": f"{len(flat)}: {' '.join(name.removeprefix('ebb.') for name in flat)}",
        "rooms": len({room(name) for name in known if name != "ebb"}),
        "arrows between rooms": len(pairs),
        "a circle of rooms": " -> ".join(circle(pairs)) or "none",
        "a circle of modules": " -> ".join(circle(between_modules(known))) or "none",
        "lines of functions/": sum(len(path.read_text().splitlines()) for path in known.values()),
    }
    sys.stdout.write("".join(f"{name:22}{figure}\n" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
