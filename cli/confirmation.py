"""A question before what cannot be taken back."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from cli.outcome import CommandError, ExitCode
from cli.terminal.screen import Screen
from cli.terminal.text import visible, wrapped


def confirm(word: str, told: Iterable[str], *, yes: bool) -> None:
    """CommandError unless the person types the word; where nobody can, it has to be said beforehand."""
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise CommandError(ExitCode.USAGE, "Nobody can be asked here: say --yes.")
    screen = Screen.of(sys.stderr)
    for sentence in told:
        for line in wrapped(visible(sentence), screen.width):
            print(screen.text(line), file=sys.stderr)
    print(f"Type {word} to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != word:
        raise CommandError(ExitCode.FAILED, "Nothing was changed.")
