"""`[gate]`: what a new run has to reach before it goes live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ebb.settings.eval_metrics import COMPARABLE, METRICS, logged_metrics
from ebb.settings.toml_table import SettingsTable
from ebb.settings.value_kinds import Real, Text

METRIC = Text("must be train:<metric> or validation:<metric>", r"(train|validation):[^\s]{1,40}")
BOUND, MARGIN = Real(), Real(0)
_LIMITS = ("at_most", "at_least", "no_worse_than_live")


@dataclass(frozen=True)
class Gate:
    """`at_most` and `at_least` together are a band; `no_worse_than_live` is a share of the live run's metric."""

    metric: str
    at_most: float | None = None
    at_least: float | None = None
    no_worse_than_live: float | None = None


def read_gate(table: SettingsTable, values: Mapping[str, Any], *, validation: float, version: str) -> Gate | None:
    """None: a wrong one, which is refused. `values`: the hyperparameters; none where they are wrong themselves."""
    table.refuse_unknown(("metric", *_LIMITS), {}, {})
    if "metric" not in table.given:
        table.refuse("metric", "must be set, such as validation:rmse")
    metric = table.read("metric", METRIC, None)
    at_most, at_least = table.read("at_most", BOUND, None), table.read("at_least", BOUND, None)
    margin = table.read("no_worse_than_live", MARGIN, None)
    if not any(name in table.given for name in _LIMITS):
        table.refuse("metric", f"needs a limit: {', '.join(_LIMITS[:2])} or {_LIMITS[2]}")
    if at_most is not None and at_least is not None and at_least > at_most:
        table.refuse("at_least", "must not be above at_most")
    if metric is None:
        return None
    if reason := _why_not(metric, values, validation, version):
        table.refuse("metric", reason)
    elif margin is not None and (reason := _why_not_compared(metric, values)):
        table.refuse("no_worse_than_live", reason)
    return Gate(metric, at_most, at_least, margin)


def _why_not(metric: str, values: Mapping[str, Any], validation: float, version: str) -> str | None:
    channel, _, name = metric.partition(":")
    if "@" in name:
        return "cannot be gated: SageMaker reports metrics without a threshold only"
    if name not in METRICS:
        return f"must be train: or validation: and one of {', '.join(METRICS)}"
    if channel == "validation" and not validation:
        return "is never measured: with validation = 0 no rows are held out"
    logged = logged_metrics(values, version) if values else ()
    if logged and name not in logged:
        return f"is not measured by this job, which logs {', '.join(logged)}: name it in eval_metric"
    return None


def _why_not_compared(metric: str, values: Mapping[str, Any]) -> str | None:
    """Two endpoints answer the same held-out rows, and the metric is computed from their answers."""
    channel, _, name = metric.partition(":")
    if name not in COMPARABLE:
        return f"can be computed for {', '.join(COMPARABLE)} only"
    if channel != "validation":
        return f"is computed on held-out rows: set metric = 'validation:{name}'"
    if (values.get("objective"), name) == ("multi:softmax", "mlogloss"):
        return "cannot be computed: multi:softmax answers classes, not probabilities; multi:softprob does"
    return None
