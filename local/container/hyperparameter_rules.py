"""What one hyperparameter demands of the others (sagemaker-xgboost-container 3.2-0)."""

from collections.abc import Mapping

from local.container.errors import UserError
from local.container.hyperparameter_table import Value

Values = Mapping[str, Value]

_TREE_UPDATERS = {
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_skmaker",
    "sync",
    "refresh",
    "prune",
    "grow_quantile_histmaker",
}
_TREE_GROWERS = {"grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker"}
_LINEAR_UPDATERS = {"shotgun", "coord_descent"}


def check_objective(values: Values) -> None:
    """Several classes need their number."""
    if values["objective"] in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def check_eval_metric(values: Values) -> None:
    """Two metrics fit only some objectives; no objective at all ends in the container's bare KeyError: 'objective'."""
    objective: str = values["objective"]
    metrics: list[str] = values["eval_metric"]
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def check_monotone_constraints(values: Values) -> None:
    """Only two tree methods know them."""
    if values.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )


def check_interaction_constraints(values: Values) -> None:
    """Three tree methods know them."""
    if values.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


def check_updater(values: Values) -> None:
    """Compare the updaters with the booster and the process type."""
    updaters: list[str] = values["updater"]
    if values.get("booster") == "gblinear":
        _check_linear_updater(updaters)
    elif values.get("process_type") == "update":
        if not set(updaters) <= {"refresh", "prune"}:
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    else:
        _check_tree_updaters(updaters)


def _check_linear_updater(updaters: list[str]) -> None:
    if len(updaters) != 1 or updaters[0] not in _LINEAR_UPDATERS:
        raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")


def _check_tree_updaters(updaters: list[str]) -> None:
    if not set(updaters) <= _TREE_UPDATERS:
        raise UserError(
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', "
            "'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'."
        )
    if sum(updater in _TREE_GROWERS for updater in updaters) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from the"
            "following: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker'"
        )


RULES = {
    "objective": check_objective,
    "eval_metric": check_eval_metric,
    "monotone_constraints": check_monotone_constraints,
    "interaction_constraints": check_interaction_constraints,
    "updater": check_updater,
}
