"""The tear-down's part of a tick: what is proven idle is put to sleep, or made cheaper; what seems idle is probed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.tear_down_idle.act import NOTHING, Caps, Decision, judged
from ebb.tear_down_idle.check_endpoint import check_endpoint
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.image_notice import ends_of, rows_to_tell, tell_of_image
from ebb.tear_down_idle.journal import Journal
from ebb.tear_down_idle.purge import purge, ripe_rows
from ebb.tear_down_idle.verdict.evidence import Questions, name_of
from ebb.tear_down_idle.verdict.idle_rules import IdleRules, idle_since, is_worked_on
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Verdict
from ebb.times import iso, spelled

# More are looked at one by one only when they are for the next tick anyway: kept, changed, not understood.
LOOKS_PER_TEAR_DOWN = 5
ENOUGH_TIME = dt.timedelta(seconds=120)  # for one more probe, which may take 70, and what comes after all of them
_CROWDED_OUT = dt.timedelta(hours=1)


@dataclass
class TearDown:
    """`until`: when the function's time is over. `changed`: rows that are written together in the end."""

    context: Context[TearDownIdleSettings]
    questions: Questions
    failures: Failures
    until: dt.datetime
    changed: list[EndpointRow] = field(default_factory=list)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.context.settings.stack, self.context.now)

    @property
    def rules(self) -> IdleRules:
        return self.questions.rules

    def run(self, rows: Sequence[EndpointRow]) -> None:
        """Those whose own deadline has passed, the longest idle first. One's failure never stops the rest."""
        due = self._due(rows)
        unclear = {row.model: row for row in due}
        calls = self._calls(row for row in due if not row.falls_asleep)
        for row in due:
            active = self._at_a_glance(row, calls.get(row.model))
            if active:
                self._note(unclear.pop(row.model), Decision(active, row=judged(row, active, self.context.now)))
        self._check(list(unclear.values()), calls, Caps.of(self.context.settings, rows))
        judged_now = {row.model for row in due}
        others = [row for row in rows if row.model not in judged_now]
        ripe = self._purge(others)
        self._tell_of_images([row for row in others if row.model not in ripe])
        self._set_dues(others)
        with self.failures.of("the journal"):
            self.journal.write(self.context.clients.logs, self.context.settings.journal_log_group)

    def _due(self, rows: Sequence[EndpointRow]) -> list[EndpointRow]:
        due = []
        for row in rows:
            with self.failures.of(f"the row of {row.model}"):
                at = self.rules.judged_at(row)
                if at is not None and at <= self.context.now:
                    due.append((not row.falls_asleep, not row.knocked_at, idle_since(row), row.model, row))
        return [row for *_, row in sorted(due, key=lambda one: one[:-1])]

    def _calls(self, rows: Iterable[EndpointRow]) -> Mapping[str, Answer]:
        with self.failures.of("the calls of all endpoints that are due"):
            return self.questions.of_all(list(rows))
        return {}

    def _at_a_glance(self, row: EndpointRow, calls: Answer | None) -> Verdict | None:
        """Called is called: nothing else needs to be known of it. None: it has to be looked at."""
        ours = 1 if row.knocked_at else 0
        if row.falls_asleep or calls is None or not calls.complete or calls.count <= ours:
            return None
        beside, window = " beside our own" if ours else "", spelled(self.rules.window(row))
        told = f"{calls.count - ours:.0f} calls{beside} in the last {window}"
        last = min(calls.newest or self.context.now, self.context.now)
        return Verdict(Kind.ACTIVE, told, called_at=last, evidence={"calls": calls.count, "newest": iso(last)})

    def _check(self, rows: Sequence[EndpointRow], calls: Mapping[str, Answer], caps: Caps) -> None:
        looks = LOOKS_PER_TEAR_DOWN * self.context.settings.max_tear_downs_per_run
        is_crowded = len(rows) > looks
        for row in rows:
            why_not = self._why_not(row, looks, caps)
            if why_not:
                self._note(row, Decision(Verdict(Kind.WAITING, f"it is left for the next tick: {why_not}")))
                continue
            looks -= 1
            decision = Decision(Verdict(Kind.UNKNOWN, "it could not be looked at; the log says why"))
            with self.failures.of(self._name_of(row)):
                decision = check_endpoint(self.context, self.questions, caps, row, calls.get(row.model))
                self._tell(row, decision)
            self._note(row, self._makes_room(row, decision) if is_crowded else decision)

    def _why_not(self, row: EndpointRow, looks: int, caps: Caps) -> str:
        if not self._has_time():
            return "the time of this one is over"
        if not row.falls_asleep and not caps.are_left("end" if row.knocked_at else "probe"):
            return f"as many as one tick may are {'put to sleep' if row.knocked_at else 'probed'} already"
        return "" if looks else "as many as one tick may are looked at already"

    def _has_time(self) -> bool:
        return self.context.clock.now() + ENOUGH_TIME < self.until

    def _makes_room(self, row: EndpointRow, decision: Decision) -> Decision:
        """Where there are more than one tick can look at, one that led to nothing does not come first again."""
        if decision.row or decision.did != NOTHING or row.knocked_at or row.falls_asleep:
            return decision
        return replace(decision, row=replace(row, not_before=self.context.now + _CROWDED_OUT))

    def _tell(self, row: EndpointRow, decision: Decision) -> None:
        if decision.verdict.kind is Kind.UNKNOWN:
            self.failures.told.append(f"{self._name_of(row)}: {decision.verdict.reason}")

    def _note(self, row: EndpointRow, decision: Decision) -> None:
        self.journal.note(row.model, self._name_of(row), decision.verdict, decision.did)
        if decision.row:
            self.changed.append(replace(decision.row, due=self.rules.due(decision.row)))

    def _purge(self, rows: Sequence[EndpointRow]) -> set[str]:
        """The models that were looked at for it: their rows have changed."""
        ripe = ripe_rows(self.rules, rows, self.context.now)[: self.context.settings.max_tear_downs_per_run]
        for row in ripe:
            if self._has_time():
                with self.failures.of(f"the purge of {row.model}"):
                    decision = purge(self.context, self.rules, row)
                    self._tell(row, decision)
                    self._note(row, decision)
        return {row.model for row in ripe}

    def _tell_of_images(self, rows: Sequence[EndpointRow]) -> None:
        ends = ends_of(self.context.settings.image_patches_until)
        for row in rows_to_tell(ends, rows, self.context.now):
            with self.failures.of(f"the image of {row.model}"):
                tell_of_image(self.context, ends, row)

    def _set_dues(self, rows: Sequence[EndpointRow]) -> None:
        """What was found; and where the index does not say what the row says, as after new settings."""
        known = {row.model for row in self.changed}
        for row in rows:
            with self.failures.of(f"the row of {row.model}"):
                if row.model not in known and not is_worked_on(row) and (at := self.rules.due(row)) != row.due:
                    self.changed.append(replace(row, due=at))
        with self.failures.of("when endpoints are to be looked at next"):
            self.context.ledger.write_endpoints(self.changed)

    def _name_of(self, row: EndpointRow) -> str:
        return name_of(self.context.settings.prefix, row)


def rules_of(settings: TearDownIdleSettings) -> IdleRules:
    return IdleRules(
        settings.stack,
        dt.timedelta(minutes=settings.idle_after_minutes),
        dt.timedelta(minutes=settings.idle_margin_minutes),
        dt.timedelta(days=settings.purge_after_days),
    )
