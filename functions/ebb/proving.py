"""Whether the model behind an endpoint is the one that was trained, and as good as it has to be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from ebb.clients import Clients
from ebb.deployment import EndpointState
from ebb.endpoint_row import EndpointRow, Reason, Wanted
from ebb.environment import FunctionSettings
from ebb.errors import WaitError
from ebb.names import ModelName, RunId, endpoint_name, run_folder, run_of_config
from ebb.news import SMOKE_FACTS, Held
from ebb.own_endpoints import OwnEndpoints
from ebb.proof.asking import ask_model
from ebb.proof.calling import ModelAnswerError
from ebb.proof.gate import GateVerdict, not_comparable, relative
from ebb.proof.row_encoding import NotComparableError, decode, encode, relabel
from ebb.proof.smoke_rows import SmokeRows
from ebb.proof.smoke_test import SmokeTest, smoke_test
from ebb.run_folder import DATASET, SETTINGS, SMOKE, RunFolder
from ebb.settings.gate import Gate
from ebb.settings.model_settings import ModelSettings


@dataclass(frozen=True)
class Proof:
    """`tested`: news.SMOKE_FACTS, cold_seconds, warm_seconds. `figures`: what the gate compared."""

    passed: bool
    code: Held = "smoke_test"
    reason: str = ""
    tested: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFacts:
    """What a run has kept for its proof."""

    folder: RunFolder

    @cached_property
    def settings(self) -> ModelSettings:
        return ModelSettings.from_json(self.folder.require(SETTINGS))

    @cached_property
    def dataset(self) -> dict[str, Any]:
        return self.folder.require(DATASET)

    @cached_property
    def rows(self) -> SmokeRows:
        return SmokeRows.of(self.folder.read_text(SMOKE))


@dataclass(frozen=True)
class Proving:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime
    row: EndpointRow

    def prove(self, wanted: Wanted, endpoint: str) -> Proof:
        """WaitError: it cannot be asked now."""
        run = run_of_config(wanted.config)
        facts = self._facts(run)
        job = self.clients.sagemaker.describe_training_job(TrainingJobName=run)
        reported = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
        tested = smoke_test(self.clients.sagemaker_runtime, endpoint, facts.rows, facts.settings, reported)
        proof = Proof(tested.passed, "smoke_test", tested.reason, _told(tested))
        gate = facts.settings.gate
        if not tested.passed or wanted.reason is not Reason.CANDIDATE or not wanted.compare or gate is None:
            return proof
        verdict = self._compared(facts, tested, gate)
        figures = {name: getattr(verdict, name) for name in ("metric", "figure", "limit", "live_figure")}
        return Proof(verdict.passed, verdict.code, verdict.reason, proof.tested, figures)

    def _compared(self, facts: RunFacts, tested: SmokeTest, gate: Gate) -> GateVerdict:
        """Both endpoints answer the same rows, each in its own encoding."""
        live, name = self._facts(self.row.live_run), endpoint_name(self.settings.prefix, ModelName(self.row.model))
        state = OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(name)
        if state is None or (state.status, state.config) != ("InService", self.row.live_config):
            raise WaitError(f"{name} is to be compared with, and is {_status(state)}")
        assert tested.answers is not None
        try:
            rows, labels = in_encoding_of(live.dataset, facts.dataset, facts.rows)
            _, answers = ask_model(self.clients.sagemaker_runtime, name, rows, live.settings)
        except (NotComparableError, ModelAnswerError) as reason:
            return not_comparable(gate, str(reason))
        return relative(gate, facts.rows.labels, tested.answers, answers, labels)

    def _facts(self, run: str) -> RunFacts:
        prefix = run_folder(ModelName(self.row.model), RunId(run))
        return RunFacts(RunFolder(self.clients.s3, self.settings.bucket, prefix))


def in_encoding_of(other: dict[str, Any], own: dict[str, Any], rows: SmokeRows) -> tuple[list[str], list[float]]:
    """The same source rows as another run encodes them, and their labels as it numbers them."""
    labels = [relabel(label, own, other) for label in rows.labels]
    if own["encoding"] == other["encoding"]:
        return list(rows.features), labels
    return [encode(decode(features, own), other) for features in rows.features], labels


def _told(tested: SmokeTest) -> dict[str, Any]:
    facts = asdict(tested)
    return {name: facts[name] for name in (*SMOKE_FACTS, "cold_seconds", "warm_seconds")}


def _status(state: EndpointState | None) -> str:
    return state.status if state else "not there"
