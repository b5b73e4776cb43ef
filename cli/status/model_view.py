"""A model as `ebb status` shows it: what is live, since when, what comes next and what stands in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cli.status.keep import Keeping
from cli.status.tear_down_rules import TearDownRules
from cli.terminal.times import stamp
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import run_order
from ebb.times import iso

_ENDED_WELL = ("live", "asleep", "superseded", "waking")


@dataclass(frozen=True)
class ModelView:
    row: EndpointRow
    latest: dict[str, Any]
    rules: TearDownRules
    kept: Keeping | None = None

    @property
    def state(self) -> str:
        return self.row.state.value

    @property
    def newest(self) -> dict[str, Any] | None:
        """The newest run, or refused upload, where it is not what is live."""
        stage, run = self.latest.get("stage"), self.latest.get("run")
        if stage is None or stage in _ENDED_WELL or stage == self.state:
            return None
        return {"run": run, "stage": stage, "sentence": self.latest.get("sentence", ""), "at": self.latest.get("at")}

    @property
    def changing(self) -> dict[str, str] | None:
        wanted = self.row.wanted
        return {"reason": wanted.reason.value, "config": wanted.config, "since": iso(wanted.at)} if wanted else None

    @property
    def trouble(self) -> str:
        """Why it does not wake, or what broke it."""
        if self.row.blocked_by:
            return self.row.blocked_by
        if self.row.state is State.BROKEN:
            return str(self.latest.get("sentence", "")) or (self.row.wanted.why if self.row.wanted else "")
        return ""

    @property
    def sleeps_at(self) -> str | None:
        return self.rules.sleeps_at(self.row) if self.row.state is State.LIVE and not self.kept else None

    @property
    def purged_at(self) -> str | None:
        return self.rules.purged_at(self.row) if self.row.state is State.ASLEEP else None

    def next_step(self, now: dt.datetime) -> str:
        """What happens by itself."""
        row = self.row
        if row.change:
            return f"{row.change.reason} since {stamp(row.change.at)}"
        if row.state is State.BROKEN:
            return f"ebb retry {row.model}"
        if row.state is State.ASLEEP:
            return self._asleep(now)
        if row.state is State.LIVE and self.kept:
            return f"kept until {stamp(self.kept.until)}" if self.kept.until else "kept"
        if row.state is State.LIVE:
            return self.rules.told("sleep", self.sleeps_at, now)
        return ""

    def _asleep(self, now: dt.datetime) -> str:
        if self.row.wanted:
            return "its endpoint is being deleted"
        if self.row.purged:
            return "config and model are purged"
        return self.rules.told("purge", self.purged_at, now)

    def document(self, now: dt.datetime) -> dict[str, Any]:
        row = self.row
        return {
            "model": row.model,
            "endpoint": self.latest.get("endpoint"),
            "state": self.state,
            "since": iso(row.since) if row.since else None,
            "run": row.live_run or None,
            "config": row.live_config or None,
            "previous_run": row.previous_run or None,
            "last_call": iso(row.last_call) if row.last_call else None,
            "sleeps_at": self.sleeps_at,
            "purged_at": self.purged_at,
            "next": self.next_step(now) or None,
            "kept": bool(self.kept),
            "kept_until": self.kept.until if self.kept else None,
            "purged": row.purged,
            "changing": self.changing,
            "trouble": self.trouble or None,
            "newest": self.newest,
        }


def short(run: str) -> str:
    """`261122153000-k3v7q` of a run: upload time and hash, in a table that names the model beside it."""
    order = run_order(run)
    return f"{order.uploaded}-{order.hash}" if order else run
