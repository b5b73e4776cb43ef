"""Every hyperparameter of SageMaker's built-in XGBoost that does something: what it may hold, and what it is for.

Ranges are the container's (sagemaker-xgboost-container 3.2-0), narrowed to what XGBoost itself then takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ebb.settings.eval_metrics import METRICS, NEVER, WITH_THRESHOLD
from ebb.settings.value_kinds import Kind, Real, Switch, Text, Whole, Word, Words


@dataclass(frozen=True)
class Hyperparameter:
    """`refused`: what the container takes as well, with the reason why Ebb does not."""

    kind: Kind
    meaning: str
    refused: Mapping[str, str] = field(default_factory=dict)


_SHARE = Real(0, 1, open_least=True)
_PORTION = Real(0, 1)
_AT_LEAST_0 = Real(0)
_BIT = Whole(0, 1)
_OBJECTIVES = (
    *("reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror"),
    *("reg:absoluteerror", "reg:tweedie", "reg:linear", "binary:logistic", "binary:logitraw", "binary:hinge"),
    *("count:poisson", "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "survival:cox"),
)
_SIGN = r"\s*[+-]?[01]\s*"
_SIGNS = Text(
    "must be a list of -1, 0 and 1 in parentheses, such as (1,-1,0)",
    rf"\s*\(\s*\)\s*|\s*\({_SIGN},\s*\)\s*|\s*\({_SIGN}(,{_SIGN})+,?\s*\)\s*",
)
_METRIC_RULE = "must be a comma-separated list of the container's metrics, such as rmse,mae"

HYPERPARAMETERS = {
    "objective": Hyperparameter(
        Word(_OBJECTIVES),
        "What is learned; auto: found from the label.",
        {
            "survival:aft": "needs bounds of the label, which a CSV cannot carry",
            "aft_loss_distribution": "is no objective: XGBoost ends the job",
        },
    ),
    "num_class": Hyperparameter(Whole(2), "Number of classes, for the multi: objectives; without it they are counted."),
    "eval_metric": Hyperparameter(
        Words(_METRIC_RULE, METRICS, WITH_THRESHOLD),
        "What is logged after each round, a comma-separated text or an array; the last one decides early stopping.",
        NEVER,
    ),
    "num_round": Hyperparameter(Whole(1), "Rounds of boosting."),
    "early_stopping_rounds": Hyperparameter(
        Whole(1), "Stop after so many rounds without a better last eval_metric on the held-out rows."
    ),
    "booster": Hyperparameter(Word(("gbtree", "gblinear", "dart")), "Trees, a linear model, or trees with dropout."),
    "eta": Hyperparameter(_PORTION, "Step size: the share of each new tree that counts."),
    "gamma": Hyperparameter(_AT_LEAST_0, "Smallest gain of a split."),
    "max_depth": Hyperparameter(Whole(), "Most levels of a tree; 0 is no limit."),
    "min_child_weight": Hyperparameter(_AT_LEAST_0, "Smallest sum of weights in a leaf."),
    "max_delta_step": Hyperparameter(_AT_LEAST_0, "Largest step of a leaf; 0 is no limit."),
    "subsample": Hyperparameter(_SHARE, "Share of the rows that each round sees."),
    "colsample_bytree": Hyperparameter(_SHARE, "Share of the features that each tree sees."),
    "colsample_bylevel": Hyperparameter(_SHARE, "Share of the features that each level sees."),
    "colsample_bynode": Hyperparameter(_SHARE, "Share of the features that each split sees."),
    "lambda": Hyperparameter(_AT_LEAST_0, "L2 regularization."),
    "alpha": Hyperparameter(_AT_LEAST_0, "L1 regularization."),
    "tree_method": Hyperparameter(
        Word(("auto", "exact", "approx", "hist")),
        "How splits are found.",
        {"gpu_hist": "is for GPUs; XGBoost 3 ends the job. hist is its name there"},
    ),
    "grow_policy": Hyperparameter(Word(("depthwise", "lossguide")), "Where a tree grows next."),
    "max_leaves": Hyperparameter(Whole(), "Most leaves of a tree; 0 is no limit."),
    "max_bin": Hyperparameter(Whole(2), "Most bins of a feature."),
    "num_parallel_tree": Hyperparameter(Whole(1), "Trees of each round: a boosted forest."),
    "sampling_method": Hyperparameter(Word(("uniform", "gradient_based")), "How the rows of a round are drawn."),
    "monotone_constraints": Hyperparameter(
        _SIGNS, "For each feature 1, -1 or 0: the answer rises, falls, or may do both; with tree_method exact or hist."
    ),
    "updater": Hyperparameter(
        Words(
            "must be grow_colmaker or grow_histmaker, then perhaps prune and refresh; "
            "with booster = 'gblinear' shotgun or coord_descent",
            ("grow_colmaker", "grow_histmaker", "prune", "refresh", "shotgun", "coord_descent"),
        ),
        "The steps that make a tree.",
    ),
    "refresh_leaf": Hyperparameter(_BIT, "Whether the updater refresh changes leaves too."),
    "process_type": Hyperparameter(
        Word(("default",)),
        "New trees are grown.",
        {"update": "updates an earlier model, and there is none: XGBoost ends the job"},
    ),
    "scale_pos_weight": Hyperparameter(Real(0, open_least=True), "Weight of the positive rows."),
    "base_score": Hyperparameter(_AT_LEAST_0, "The answer before the first round."),
    "tweedie_variance_power": Hyperparameter(
        Real(1, 2, open_least=True, open_most=True), "Power of reg:tweedie's variance."
    ),
    "sample_type": Hyperparameter(Word(("uniform", "weighted")), "dart: how dropped trees are drawn."),
    "normalize_type": Hyperparameter(Word(("tree", "forest")), "dart: the weight of a new tree."),
    "rate_drop": Hyperparameter(_PORTION, "dart: share of the trees that is dropped."),
    "one_drop": Hyperparameter(_BIT, "dart: drop at least one tree."),
    "skip_drop": Hyperparameter(_PORTION, "dart: chance that a round drops none."),
    "seed": Hyperparameter(Whole(-(2**31) + 1, 2**31 - 2), "Seed of all random choices."),
    "nthread": Hyperparameter(Whole(1), "Threads; all processors unless set."),
    "verbosity": Hyperparameter(Whole(0, 3), "How much XGBoost writes into the log."),
    "csv_weights": Hyperparameter(
        Whole(0, 0),
        "Rows have no weights.",
        {"1": "makes the second column a weight; Ebb writes the training file itself, the label and then the features"},
    ),
    "save_model_on_termination": Hyperparameter(Switch(), "Keep the model of a job that is stopped."),
    "use_dask_gpu_training": Hyperparameter(
        Switch(("false",)),
        "Training on several GPUs is off.",
        {"true": "needs GPUs; Ebb trains on one processor machine"},
    ),
}

ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}

_IGNORED = "is ignored by XGBoost"
_OWN_ROWS = "repeats the training on parts of the rows and keeps several models; Ebb holds rows out itself"
NOT_TAKEN = {
    "interaction_constraints": "does not work in the container: XGBoost ends the job, whatever the columns",
    "dsplit": "has no effect on one instance",
    "predictor": "has no effect: XGBoost 3 does not know it, and there is no GPU",
    **dict.fromkeys(("sketch_eps", "lambda_bias", "deterministic_histogram", "prob_buffer_row"), _IGNORED),
    **dict.fromkeys(
        ("aft_loss_distribution", "aft_loss_distribution_scale"), "is for survival:aft, which needs bounds"
    ),
    **dict.fromkeys(("_kfold", "_num_cv_round"), _OWN_ROWS),
    "_tuning_objective_metric": "is set by tuning jobs",
    "silent": "is not taken by the container; verbosity = 0 says less",
    **dict.fromkeys(("n_estimators", "num_boost_round"), "is not taken by the container; its name there is num_round"),
    "random_state": "is not taken by the container; its name there is seed",
    "n_jobs": "is not taken by the container; its name there is nthread",
    "device": "is not taken by the container",
    "enable_categorical": "is not taken by the container; Ebb encodes categories itself",
    "single_precision_histogram": "is not taken by the container",
}
