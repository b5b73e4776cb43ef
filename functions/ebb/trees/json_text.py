"""The same document as JSON text, which xgboost writes for a name that ends with `.json` and reads everywhere."""

from __future__ import annotations

import json
from typing import Any

from ebb.trees.unusable import UnusableModelError, shown


def parse(data: bytes) -> dict[str, Any]:
    """The document; UnusableModelError for anything that is not one, or that would take much more memory than bytes."""
    if data.count(b"[") + data.count(b"{") > 1000 + len(data) // 20 or data.count(b'"') > 1000 + len(data) // 4:
        raise UnusableModelError("its JSON has too many values for its size")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise UnusableModelError("its JSON is not UTF-8") from error
    except ValueError as error:
        raise UnusableModelError("its JSON cannot be read") from error
    except RecursionError as error:
        raise UnusableModelError("its JSON is nested too deeply") from error
    if not isinstance(document, dict):
        raise UnusableModelError("its JSON is no object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    for key, _ in pairs:
        if found.pop(key, pairs) is pairs:
            raise UnusableModelError(f"its JSON has the key {shown(key)} twice")
    return found
