"""TOML as a person would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

LONGEST_NAME = 80


def toml_text(text: str) -> str:
    """Between single quotes where it can be: announcements have no others."""
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def toml_column(position: int, name: str | None) -> str:
    """By its name, if that is easily written; else by its position."""
    if name and len(name) <= LONGEST_NAME and name.isprintable() and not set(name) & set("'\"\\"):
        return toml_text(name)
    return str(position)


def toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, (list, tuple)):
        return toml_list(map(toml_value, value))
    if isinstance(value, dict):
        pairs = (f"{toml_text(name)} = {toml_value(each)}" for name, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return str(value)


def toml_list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"
