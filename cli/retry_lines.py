"""What `ebb retry` did, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.plain_text import visible, wrapped
from cli.problem_lines import problem_lines
from cli.screen import Screen, Style


def retry_lines(document: dict[str, Any], journal: str | None, screen: Screen) -> Iterator[str]:
    sign = {"refused": screen.paint("✗", Style.RED), "nothing": "·"}.get(
        document["action"], screen.paint("✓", Style.GREEN)
    )
    for at, line in enumerate(wrapped(visible(document["sentence"]), screen.width - 2)):
        yield f"{sign if at == 0 else ' '} {line}"
    yield from problem_lines(document.get("problems", []), screen, Style.BOLD)
    if document["action"] in ("train", "deploy") and journal:
        yield f"  Watch it: aws logs tail {visible(journal)} --follow"
