"""What `ebb uninstall` did, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.terminal.screen import Screen, Style
from cli.terminal.text import visible, wrapped
from cli.uninstall.removal import Done

_SIGNS = {Done.DONE: ("✓", Style.GREEN), Done.PLANNED: ("→", Style.BOLD), Done.LEFT: ("·", Style.DIM)}
_BAD = {Done.WAITING: ("…", Style.YELLOW), Done.FAILED: ("✗", Style.RED)}


def uninstall_lines(document: dict[str, Any], screen: Screen) -> Iterator[str]:
    for step in document["steps"]:
        yield from _hanging(*(_SIGNS | _BAD)[step["outcome"]], _said(step), screen)
    if not document["steps"]:
        yield from _hanging("✓", Style.GREEN, "Nothing is left to remove.", screen)
    yield ""
    yield "What stays:"
    for each in document["stays"]:
        yield from _hanging("·", Style.DIM, f"{each['what']} {each['name']} {each['why']}.", screen)
    yield ""
    yield from wrapped(visible(_next(document)), screen.width)


def undo_lines(document: dict[str, Any], screen: Screen) -> Iterator[str]:
    for step in document["steps"]:
        yield from _hanging(*(_SIGNS | _BAD)[step["outcome"]], _said(step), screen)
    yield ""
    done = "The stack is switched on again. What was deleted comes back by `ebb wake`, or by the next upload."
    again = f"Run `{document['next']}` again."
    yield from wrapped(visible(done if document["next"] == "ebb status" else again), screen.width)


def _said(step: dict[str, Any]) -> str:
    what = {Done.PLANNED: "would be", Done.LEFT: "is not", Done.FAILED: "could not be", Done.WAITING: "is not yet"}
    if step["outcome"] == Done.DONE:
        return f"{step['kind']} {step['name']} {step['what']}"
    name = "" if step["name"] == "*" else f" {step['name']}"
    why = f": {step['why']}" if step["why"] else ""
    return f"{step['kind']}{name} {what[step['outcome']]} {step['what']}{why}"


def _next(document: dict[str, Any]) -> str:
    if document["dry_run"]:
        return f"Nothing was changed. `{document['next']}` does it."
    if document["next"].startswith("sam"):
        return f"Now the stack itself: {document['next']}"
    return (
        f"Run `{document['next']}` again before you delete the stack: SageMaker needs its roles to delete what is left."
    )


def _hanging(sign: str, style: Style, said: str, screen: Screen) -> Iterator[str]:
    for at, line in enumerate(wrapped(visible(said), screen.width - 2)):
        yield f"{screen.paint(sign, style) if at == 0 else ' '} {line}"
