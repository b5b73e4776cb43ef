"""`[gate]`: whether a run's metric is good enough to go live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ebb.evaluation.answers import Answers
from ebb.evaluation.metrics import LOWER_IS_BETTER, measure
from ebb.settings.gate import Gate


@dataclass(frozen=True)
class GateVerdict:
    """`reason` is a sentence, also of a run that passed. `limit` is the one that was not kept, or the nearest."""

    passed: bool
    reason: str
    metric: str
    figure: float | None
    limit: float | None
    live_figure: float | None = None
    code: Literal["gate", "not_comparable"] = "gate"


def absolute(gate: Gate, reported: Mapping[str, float]) -> GateVerdict:
    """By the metric that the job itself reported; one that it did not report does not pass."""
    figure = reported.get(gate.metric, math.nan)
    if gate.at_most is None and gate.at_least is None:
        known = None if math.isnan(figure) else figure
        return GateVerdict(True, f"The gate sets no limit for {gate.metric} itself.", gate.metric, known, None)
    if math.isnan(figure):
        limit = gate.at_least if gate.at_most is None else gate.at_most
        sentence = f"The job did not report {gate.metric}, which the gate asks for."
        return GateVerdict(False, sentence, gate.metric, None, limit)
    if gate.at_most is not None and figure > gate.at_most:
        return _verdict(gate, figure, gate.at_most, "is above the gate's at_most", passed=False)
    if gate.at_least is not None and figure < gate.at_least:
        return _verdict(gate, figure, gate.at_least, "is below the gate's at_least", passed=False)
    limit = gate.at_least if gate.at_most is None else gate.at_most
    return _verdict(gate, figure, limit, "keeps the gate's limit", passed=True)


def _verdict(gate: Gate, figure: float, limit: float | None, words: str, *, passed: bool) -> GateVerdict:
    return GateVerdict(passed, f"{gate.metric} {figure:g} {words} {limit:g}.", gate.metric, figure, limit)


def relative(
    gate: Gate,
    labels: Sequence[float],
    candidate: Answers,
    live: Answers,
) -> GateVerdict:
    """Both models' answers to the same rows, by the same classes."""
    margin = gate.no_worse_than_live
    if margin is None:
        return GateVerdict(True, "The gate does not ask for the live run.", gate.metric, None, None)
    name = gate.metric.partition(":")[2]
    figure = measure(name, labels, candidate).value
    live_figure = measure(name, labels, live).value
    if math.isnan(figure) or math.isnan(live_figure):
        whose = "this run" if math.isnan(figure) else "the live run"
        return not_comparable(gate, f"{name} cannot be computed from what {whose} answers to these {len(labels)} rows.")
    lower = name in LOWER_IS_BETTER
    limit = live_figure * (1 + margin) if lower else live_figure * (1 - margin)
    passed = figure <= limit if lower else figure >= limit
    sentence = (
        f"On the same {len(labels)} held-out rows, {name} is {figure:g}; the live run's is {live_figure:g}, "
        f"so that {'at most' if lower else 'at least'} {limit:g} {'is' if passed else 'was'} asked for."
    )
    return GateVerdict(passed, sentence, gate.metric, figure, limit, live_figure)


def not_comparable(gate: Gate, reason: str) -> GateVerdict:
    """The gate asks for a comparison that cannot be made."""
    return GateVerdict(False, reason, gate.metric, None, None, None, "not_comparable")
