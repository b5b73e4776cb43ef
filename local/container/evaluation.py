"""Which metrics a job evaluates, who computes them, and when they stop it early."""

from dataclasses import dataclass
from typing import Self

from xgboost.callback import EarlyStopping

from local.container.hyperparameter_table import Value
from local.container.metric_names import LARGER_IS_BETTER
from local.container.metrics import CUSTOM_METRICS


@dataclass(frozen=True)
class Evaluation:
    """The metrics xgboost computes, those the container does, and the one that decides about stopping."""

    built_in: list[str]
    custom: list[str]
    stopping_metric: str | None

    @classmethod
    def of(cls, values: dict[str, Value]) -> Self:
        """Read `eval_metric` and the metric a tuning job optimises."""
        asked: list[str] = values.get("eval_metric", [])
        tuned: list[str] = values.get("_tuning_objective_metric", "").split(":")[1:]
        names = sorted({*asked, *tuned}) if asked and tuned else asked or tuned
        return cls(
            built_in=[name for name in names if name not in CUSTOM_METRICS],
            custom=[name for name in names if name in CUSTOM_METRICS],
            stopping_metric=next(reversed(tuned or asked), None),
        )


def early_stopping(rounds: int | None, metric: str | None, *, has_validation: bool) -> list[EarlyStopping]:
    """Return the callback, or none: without a metric or a validation channel the container ignores the wish."""
    if not rounds or metric is None or not has_validation:
        return []
    maximize = metric in LARGER_IS_BETTER
    return [EarlyStopping(rounds=rounds, data_name="validation", metric_name=metric, maximize=maximize, save_best=True)]
