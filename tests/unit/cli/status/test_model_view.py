from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cli.stack.deployed_stack import DeployedStack
from cli.status.keep import Keeping
from cli.status.model_lines import model_lines
from cli.status.model_view import ModelView, short
from cli.status.tear_down_rules import TearDownRules
from cli.terminal.screen import Screen
from cli.terminal.text import width
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.times import parsed

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
RUN = "ebb-abalone-261122153000-k3v7q"
ROW = EndpointRow("abalone", state=State.LIVE, since=parsed("2026-11-22T12:00:00Z"), live_run=RUN, live_config=RUN)
CHANGE = Wanted(f"{RUN}-2", Reason.APPLY, parsed("2026-11-22T15:30:00Z"), before=State.LIVE)


def rules(**parameters: str) -> TearDownRules:
    clients: Any = None
    return TearDownRules.of(DeployedStack("ebb", {}, clients, parameters))


def view(row: EndpointRow, *, kept: Keeping | None = None, latest: Any = None, **parameters: str) -> ModelView:
    return ModelView(row, latest or {}, rules(**parameters), kept)


@pytest.mark.parametrize(
    ("row", "kept", "told"),
    [
        (ROW, None, "sleep in 20 h"),
        (replace(ROW, last_call=parsed("2026-11-22T15:00:00Z")), None, "sleep in 23 h"),
        (replace(ROW, idle_after=60), None, "sleep at the next tick"),
        (replace(ROW, not_before=parsed("2026-11-25T16:00:00Z")), None, "sleep in 3 d"),
        (ROW, Keeping(None), "kept"),
        (ROW, Keeping("2026-12-24T18:00:00Z"), "kept until 2026-12-24 18:00 UTC"),
        (ROW.wants(CHANGE), Keeping(None), "settings since 2026-11-22 15:30 UTC"),
        (replace(ROW, state=State.ASLEEP), None, "purge in 29 d"),
        (replace(ROW, state=State.ASLEEP, purged=True), None, "config and model are purged"),
        (
            ROW.wants(replace(CHANGE, config="", reason=Reason.SLEEP), State.ASLEEP),
            None,
            "its endpoint is being deleted",
        ),
        (replace(ROW, state=State.BROKEN), None, "ebb retry abalone"),
        (EndpointRow("abalone"), None, ""),
    ],
)
def test_what_comes_next(row: EndpointRow, kept: Keeping | None, told: str) -> None:
    assert view(row, kept=kept).next_step(NOW) == told


def test_the_stacks_own_parameters_count() -> None:
    one = view(ROW, IdleAfterMinutes="600", IdleMarginMinutes="0", TearDownMode="report")
    assert one.next_step(NOW) == "would sleep in 6 h"
    assert one.document(NOW)["sleeps_at"] == "2026-11-22T22:00:00Z"


@pytest.mark.parametrize(
    ("stage", "shown"), [("refused", True), ("training", True), ("held-back", True), ("live", False), ("asleep", False)]
)
def test_the_newest_run_is_shown_where_it_is_not_what_is_live(stage: str, *, shown: bool) -> None:
    latest = {"stage": stage, "run": RUN, "sentence": "So it is.", "at": "2026-11-22T15:00:00Z"}
    assert (view(ROW, latest=latest).newest is not None) is shown


def test_what_stands_in_the_way() -> None:
    assert view(replace(ROW, blocked_by="no slot")).trouble == "no slot"
    broken = replace(ROW, state=State.BROKEN)
    assert view(broken, latest={"sentence": "Both fail."}).trouble == "Both fail."
    assert view(replace(broken, wanted=replace(CHANGE, why="It failed."))).trouble == "It failed."
    assert view(ROW).trouble == ""


def test_a_run_is_shortened_to_what_tells_it_from_others() -> None:
    assert (short(RUN), short("mine"), short("")) == ("261122153000-k3v7q", "mine", "")


@pytest.mark.parametrize("columns", [40, 60, 132])
def test_all_of_a_model_fits_the_screen_and_moves_no_cursor(columns: int) -> None:
    latest = {"sentence": "Said \x1b[2J by a file. " * 9, "endpoint": "ebb-abalone", "stage": "refused", "run": None}
    row = replace(
        ROW, previous_run=RUN, knocked_at=parsed("2026-11-22T15:59:00Z"), blocked_by="none \x07 free", idle_after=60
    )
    decision = {"at": "2026-11-22T15:59:00Z", "verdict": "waiting", "evidence": {"calls": 0, "of": ["a\x1b", "b"]}}
    lines = list(model_lines(view(row, latest=latest), decision, NOW, Screen(columns)))
    assert max(map(width, lines)) <= columns
    assert all(line.isprintable() for line in lines)
    assert "verdict waiting; evidence calls 0, of a\\x1b, b" in " ".join(" ".join(lines).split())


def test_colour_only_where_a_screen_has_it() -> None:
    assert not any("\x1b" in line for line in model_lines(view(ROW), None, NOW, Screen()))
    assert any("\x1b[1;32mlive" in line for line in model_lines(view(ROW), None, NOW, Screen(colour=True)))
