"""Whether the model behind an endpoint is the one that was trained, and as good as it has to be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from ebb.announcements.deployment_events import SMOKE_FACTS, Held
from ebb.bucket.config_settings import AWAITED, ConfigSettings
from ebb.bucket.run_folder import DATASET, SMOKE, RunFolder
from ebb.context import Context
from ebb.datasets.predicts import what_it_predicts
from ebb.endpoints.baseline import Baseline
from ebb.environment import FunctionSettings
from ebb.errors import WaitError
from ebb.evaluation.answers import PAUSES, ask_model
from ebb.evaluation.classes import in_classes_of
from ebb.evaluation.gate import GateVerdict, not_comparable, relative
from ebb.evaluation.guess import no_better_than_a_guess
from ebb.evaluation.inference import ModelAnswerError
from ebb.evaluation.row_encoding import NotComparableError, decode, encode
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_test import SmokeTest, smoke_test
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, Wanted
from ebb.names import run_of_config
from ebb.settings.gate import Gate
from ebb.settings.model_settings import ModelSettings
from ebb.settings.training_and_endpoint import Endpoint

FEW = 5  # rows, where only the calls count


@dataclass(frozen=True)
class Proof:
    """`tested`: SMOKE_FACTS, cold_seconds, warm_seconds, guess. `figures`: what the gate compared, and predicts.

    `baseline`: what the tear-down is to go by. `awaits`: other settings are to be applied as soon as it is live.
    """

    passed: bool
    code: Held = "smoke_test"
    reason: str = ""
    tested: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    baseline: Baseline | None = None
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

    @property
    def predicts(self) -> str:
        return what_it_predicts(self.dataset)

    @cached_property
    def rows(self) -> SmokeRows:
        return SmokeRows.of(self.folder.read_text(SMOKE))


def prove(context: Context[FunctionSettings], row: EndpointRow, wanted: Wanted, endpoint: str) -> Proof:
    """WaitError: it cannot be asked now."""
    facts = _facts(context, row.model, wanted.config)
    job = _job(context, wanted.config)
    reported = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
    since = context.clock.now()
    tested = smoke_test(context.clients.sagemaker_runtime, endpoint, facts.rows, facts.settings, reported)
    baseline = Baseline(
        tested.variant, _control(context, since, tested.calls), facts.settings.idle, _image(job), facts.predicts
    )
    awaits = AWAITED in facts.kept
    told = _told(tested) | {"guess": _guess(facts, tested)}
    own = {"predicts": facts.predicts}
    proof = Proof(tested.passed, "smoke_test", tested.reason, told, own, baseline=baseline, awaits=awaits)
    gate = facts.settings.gate
    if not tested.passed or wanted.reason is not Reason.CANDIDATE or not wanted.compare or gate is None:
        return proof
    verdict = _compared(context, row, facts, tested, gate)
    figures = {name: getattr(verdict, name) for name in ("metric", "figure", "limit", "live_figure")}
    return Proof(verdict.passed, verdict.code, verdict.reason, proof.tested, own | figures)


def ask_few(context: Context[FunctionSettings], row: EndpointRow, endpoint: str) -> Baseline:
    """A few rows to what is live, whose answers are known to be right. ModelAnswerError: there are none."""
    facts = _facts(context, row.model, row.live_config)
    since = context.clock.now()
    few = facts.rows.features[:FEW]
    call, _ = ask_model(context.clients.sagemaker_runtime, endpoint, few, facts.settings, PAUSES)
    image = _image(_job(context, row.live_config))
    return Baseline(call.variant, _control(context, since, call.requests), facts.settings.idle, image, facts.predicts)


def endpoint_settings(context: Context[FunctionSettings], model: str, config: str) -> Endpoint:
    """What a config was made with."""
    return _facts(context, model, config).settings.endpoint


def _facts(context: Context[FunctionSettings], model: str, config: str) -> ConfigFacts:
    return ConfigFacts(context.folder(model, config), config)


def _job(context: Context[FunctionSettings], config: str) -> Mapping[str, Any]:
    return context.clients.sagemaker.describe_training_job(TrainingJobName=run_of_config(config))


def _image(job: Mapping[str, Any]) -> str:
    """`3.2-0`: a model is served by the version that trained it."""
    return str(job["AlgorithmSpecification"]["TrainingImage"]).rpartition(":")[2]


def _control(context: Context[FunctionSettings], since: dt.datetime, calls: int) -> Control:
    """Of calls that were just made."""
    return Control(*context.clock.span_since(since), calls)


def _compared(
    context: Context[FunctionSettings], row: EndpointRow, facts: ConfigFacts, tested: SmokeTest, gate: Gate
) -> GateVerdict:
    """Both endpoints answer the same rows, each in its own encoding."""
    live, name = _facts(context, row.model, row.live_config), context.endpoint_name(row.model)
    state = context.own.find(name)
    if state is None or (state.status, state.config) != ("InService", row.live_config):
        raise WaitError(f"{name} is to be compared with, and is {state.status if state else 'not there'}")
    assert tested.answers is not None
    try:
        rows = in_encoding_of(live.dataset, facts.dataset, facts.rows)
        _, own = ask_model(context.clients.sagemaker_runtime, name, rows, live.settings, PAUSES)
        answers = in_classes_of(facts.dataset, live.dataset, own)
    except (NotComparableError, ModelAnswerError) as reason:
        return not_comparable(gate, str(reason))
    return relative(gate, facts.rows.labels, tested.answers, answers)


def in_encoding_of(other: dict[str, Any], own: dict[str, Any], rows: SmokeRows) -> list[str]:
    """The same source rows as another run encodes them."""
    if own["encoding"] == other["encoding"]:
        return list(rows.features)
    return [encode(decode(features, own), other) for features in rows.features]


def _guess(facts: ConfigFacts, tested: SmokeTest) -> str:
    """That it is no better than one, if so. Smoke rows that it has seen show nothing."""
    if tested.answers is None or not facts.dataset["rows"]["validation"]:
        return ""
    return no_better_than_a_guess(facts.rows.labels, tested.answers, facts.dataset["label"]["classes"]) or ""


def _told(tested: SmokeTest) -> dict[str, Any]:
    facts = asdict(tested)
    return {name: facts[name] for name in (*SMOKE_FACTS, "cold_seconds", "warm_seconds")}
