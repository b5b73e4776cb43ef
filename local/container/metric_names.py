"""The evaluation metrics that the container lets through, and which of them are better when larger."""

from local.container.errors import UserError

LARGER_IS_BETTER = [
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
]

SMALLER_IS_BETTER = [
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
]

ALL_METRICS = LARGER_IS_BETTER + SMALLER_IS_BETTER
TUNING_METRICS = [f"validation:{name}" for name in ALL_METRICS]
_TAKE_A_THRESHOLD = ["error", "ndcg", "map"]


def has_good_threshold(metric: str) -> bool:
    """Whether `metric` reads like `error@0.7`; a threshold in the wrong place has an error of its own."""
    if "@" not in metric:
        return False
    name, threshold = (part.strip() for part in metric.split("@")[:2])
    if name not in _TAKE_A_THRESHOLD:
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should "
            "be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError as error:
        raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from error
    return True
