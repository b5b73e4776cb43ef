"""What a stream can show: how wide it is, and whether it knows colours and more than ASCII."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TextIO

MIN_WIDTH = 40
_ASCII = str.maketrans("✓✗→─█░…·", "+x>-#.~,")


class Style(StrEnum):
    BOLD = "1"
    DIM = "2"
    RED = "1;31"
    GREEN = "1;32"
    YELLOW = "33"


@dataclass(frozen=True)
class Screen:
    width: int = 80
    colour: bool = False
    moves: bool = False
    """Whether a line can be written over: a terminal that is not dumb."""
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> Self:
        moves = stream is not None and stream.isatty() and environment.get("TERM", "dumb") != "dumb"
        return cls(
            width=max(shutil.get_terminal_size((80, 24)).columns, MIN_WIDTH),
            colour=moves and not environment.get("NO_COLOR"),
            moves=moves,
            encoding=(stream and stream.encoding) or "utf-8",
        )

    def paint(self, text: str, style: Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text

    def text(self, line: str) -> str:
        """The line in characters that the stream's encoding has, each as wide as the one it replaces."""
        if self.encoding.lower().replace("-", "") != "utf8":
            line = line.translate(_ASCII)
        return line.encode(self.encoding, "replace").decode(self.encoding)
