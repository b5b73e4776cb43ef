"""Commands and functions make sessions of their own, and each would read the descriptions of its services anew."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    import pytest


def share_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """One reader for all sessions of the tests: it keeps what it has read."""
    monkeypatch.setattr("botocore.session.create_loader", lambda _=None: _shared())


@cache
def _shared() -> Loader:
    return create_loader()
