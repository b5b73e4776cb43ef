"""Whether the model behind an endpoint is the one that was trained, and as good as it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from ebb.announcements.deployment_events import SMOKE_FACTS, Held
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointState, OwnEndpoints
from ebb.bucket.config_settings import AWAITED, ConfigSettings
from ebb.bucket.run_folder import DATASET, SMOKE, RunFolder
from ebb.endpoints.baseline import Watch
from ebb.environment import FunctionSettings
from ebb.errors import WaitError
from ebb.evaluation.answers import PAUSES, ask_model
from ebb.evaluation.classes import in_classes_of
from ebb.evaluation.gate import GateVerdict, not_comparable, relative
from ebb.evaluation.inference import ModelAnswerError
from ebb.evaluation.row_encoding import NotComparableError, decode, encode
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_test import SmokeTest, smoke_test
from ebb.ledger.endpoint_row import EndpointRow, Reason, Wanted
from ebb.names import ModelName, RunId, endpoint_name, run_folder, run_of_config
from ebb.settings.gate import Gate
from ebb.settings.model_settings import ModelSettings
from ebb.settings.training_and_endpoint import Endpoint
from ebb.times import Stopwatch

FEW = 5  # rows, where only the calls count


@dataclass(frozen=True)
class Proof:
    """`tested`: news.SMOKE_FACTS, cold_seconds, warm_seconds. `figures`: what the gate compared.

    `watch`: what the tear-down is to go by. `awaits`: other settings are to be applied as soon as it is live.
    """

    passed: bool
    code: Held = "smoke_test"
    reason: str = ""
    tested: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    watch: Watch | None = None
    awaits: bool = False


@dataclass(frozen=True)
class ConfigFacts:
    """What a run has kept for the proof of one of its configs."""

    folder: RunFolder
    config: str

    @cached_property
    def kept(self) -> dict[str, Any]:
        return ConfigSettings(self.folder, self.config).content()

    @cached_property
    def settings(self) -> ModelSettings:
        return ModelSettings.from_json(self.kept).of_run(self.dataset)

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
    clock: Stopwatch
    row: EndpointRow

    def prove(self, wanted: Wanted, endpoint: str) -> Proof:
        """WaitError: it cannot be asked now."""
        facts = self._facts(wanted.config)
        job = self.clients.sagemaker.describe_training_job(TrainingJobName=run_of_config(wanted.config))
        reported = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
        since = self.clock.now()
        tested = smoke_test(self.clients.sagemaker_runtime, endpoint, facts.rows, facts.settings, reported)
        watch = Watch(tested.variant, self.clock.control(since, tested.calls), facts.settings.idle)
        awaits = AWAITED in facts.kept
        proof = Proof(tested.passed, "smoke_test", tested.reason, _told(tested), watch=watch, awaits=awaits)
        gate = facts.settings.gate
        if not tested.passed or wanted.reason is not Reason.CANDIDATE or not wanted.compare or gate is None:
            return proof
        verdict = self._compared(facts, tested, gate)
        figures = {name: getattr(verdict, name) for name in ("metric", "figure", "limit", "live_figure")}
        return Proof(verdict.passed, verdict.code, verdict.reason, proof.tested, figures)

    def ask_few(self, endpoint: str) -> Watch:
        """A few rows to what is live, whose answers are known to be right. ModelAnswerError: there are none."""
        facts = self._facts(self.row.live_config)
        since = self.clock.now()
        few = facts.rows.features[:FEW]
        call, _ = ask_model(self.clients.sagemaker_runtime, endpoint, few, facts.settings, PAUSES)
        return Watch(call.variant, self.clock.control(since, call.requests), facts.settings.idle)

    def endpoint_settings(self, config: str) -> Endpoint:
        """What a config was made with."""
        return self._facts(config).settings.endpoint

    def _compared(self, facts: ConfigFacts, tested: SmokeTest, gate: Gate) -> GateVerdict:
        """Both endpoints answer the same rows, each in its own encoding."""
        live, name = self._facts(self.row.live_config), endpoint_name(self.settings.prefix, ModelName(self.row.model))
        state = OwnEndpoints(self.clients.sagemaker, self.settings.stack).find(name)
        if state is None or (state.status, state.config) != ("InService", self.row.live_config):
            raise WaitError(f"{name} is to be compared with, and is {_status(state)}")
        assert tested.answers is not None
        try:
            rows = in_encoding_of(live.dataset, facts.dataset, facts.rows)
            _, own = ask_model(self.clients.sagemaker_runtime, name, rows, live.settings, PAUSES)
            answers = in_classes_of(facts.dataset, live.dataset, own)
        except (NotComparableError, ModelAnswerError) as reason:
            return not_comparable(gate, str(reason))
        return relative(gate, facts.rows.labels, tested.answers, answers)

    def _facts(self, config: str) -> ConfigFacts:
        prefix = run_folder(ModelName(self.row.model), RunId(run_of_config(config)))
        return ConfigFacts(RunFolder(self.clients.s3, self.settings.bucket, prefix), config)


def in_encoding_of(other: dict[str, Any], own: dict[str, Any], rows: SmokeRows) -> list[str]:
    """The same source rows as another run encodes them."""
    if own["encoding"] == other["encoding"]:
        return list(rows.features)
    return [encode(decode(features, own), other) for features in rows.features]


def _told(tested: SmokeTest) -> dict[str, Any]:
    facts = asdict(tested)
    return {name: facts[name] for name in (*SMOKE_FACTS, "cold_seconds", "warm_seconds")}


def _status(state: EndpointState | None) -> str:
    return state.status if state else "not there"
