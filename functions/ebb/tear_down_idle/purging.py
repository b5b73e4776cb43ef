"""What sleeps, or is superseded, for long enough loses its config and model. The artifact of its run stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ebb import tide_news
from ebb.clients import Clients
from ebb.endpoint_log import EndpointLog
from ebb.endpoint_row import EndpointRow, State
from ebb.environment import FunctionSettings
from ebb.errors import EbbError
from ebb.ledger import iso
from ebb.model_resources import configs_of
from ebb.names import ModelName, RunId, endpoint_name, run_folder, run_of_config
from ebb.restorable import Restorable
from ebb.sayings import Saying, Voice
from ebb.tear_down_idle.idle_rules import IdleRules, later, moment
from ebb.tide_news import Subject
from ebb.tidying import Tidying


class StillUsedError(EbbError):
    """Some endpoint uses it, though not the model's own: it stays."""


@dataclass(frozen=True)
class Purging:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    def by_age(self, row: EndpointRow, rules: IdleRules) -> list[str]:
        """The names of what was removed. NotRestorableError: its artifact is gone, so the model is all that is left.

        StillUsedError. Decided first: confirm_endpoint removes and tells what an attempt that died has left. As long as
        it is not told, nobody builds anew what is just being removed.
        """
        slept = is_of_sleeper(row, rules, self.now)
        run, config = (row.live_run, row.live_config) if slept else (row.previous_run, row.previous_run)
        self._prove_artifact(row, run)
        if slept:  # whatever it has logged is old
            EndpointLog(self.clients.logs, endpoint_name(self.settings.prefix, ModelName(row.model))).delete()
        changes = {"purged": True} if slept else {"previous_purged": True, "superseded_at": ""}
        said = self._said(row, run, sorted({config, run}), slept=slept)
        voice = Voice(self.clients, self.settings, self.now)
        decided = voice.ledger.write_endpoint(replace(row, untidy=True, unsaid=said.as_json(), **changes))
        gone = Tidying(self.clients, self.settings, decided).run()
        removed = sorted(name for name in gone if run_of_config(name) == run)
        if config in configs_of(self.clients.sagemaker, self.settings.prefix, row.model):
            voice.ledger.write_endpoint(replace(row, version=decided.version))
            raise StillUsedError(f"{config} stays: another endpoint uses it")
        voice.say(self._said(row, run, removed, slept=slept))
        done = replace(decided, untidy=False, unsaid=None)
        voice.ledger.write_endpoint(replace(done, due=rules.due(done)))
        return removed

    def _prove_artifact(self, row: EndpointRow, run: str) -> None:
        Restorable(self.clients, self.settings.bucket).prove_artifact(self._artifact(row, run))

    def _said(self, row: EndpointRow, run: str, removed: Sequence[str], *, slept: bool) -> Saying:
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        announcement = tide_news.purged(
            Subject(row.model, run, name, row.live_config if slept else run),
            removed=removed,
            artifact=self._artifact(row, run),
            asleep_since=row.since if slept else None,
            by="age",
        )
        return Saying(announcement, [], iso(self.now))

    def _artifact(self, row: EndpointRow, run: str) -> str:
        folder = run_folder(ModelName(row.model), RunId(run))
        return f"s3://{self.settings.bucket}/{folder}output/model.tar.gz"


def is_of_sleeper(row: EndpointRow, rules: IdleRules, now: dt.datetime) -> bool:
    """What is to go is what would wake it; else it is of the run before the live one."""
    return row.state is State.ASLEEP and not row.purged and later(moment(row.since), rules.purge_after) <= now
