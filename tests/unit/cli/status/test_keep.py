from __future__ import annotations

import datetime as dt

import pytest

from cli.status.keep import Keeping, keeping

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
EVER, TODAY = Keeping(None), Keeping("2026-11-22T17:00:00Z")


@pytest.mark.parametrize("by_settings", [True, False])
@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("true", EVER),
        ("yes please", EVER),
        ("", EVER),
        ("false", None),
        (" False ", None),
        ("2026-11-22T17:00:00Z", TODAY),
        ("2026-11-22T18:00:00+01:00", TODAY),
        ("2026-11-22T16:00:00Z", None),
    ],
)
def test_a_persons_tag_wins_over_the_settings(tag: str, kept: Keeping | None, *, by_settings: bool) -> None:
    assert keeping(tag, by_settings=by_settings, now=NOW) == kept


def test_without_a_tag_the_settings_say() -> None:
    assert keeping(None, by_settings=True, now=NOW) == EVER
    assert keeping(None, by_settings=False, now=NOW) is None
