"""Models of xgboost itself, trained on made-up rows, and the archive in which SageMaker leaves them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from tests.unit.ebb.trees.cases import Case

Array = NDArray[np.float32]

xgboost.set_config(nthread=1, verbosity=0)

_MOST_BYTES = 20_000_000
_MOST_TREES = {"gbtree": 20_000, "dart": 1_000}
_ROUNDS_WITHOUT_BETTER = 3


def made_rows(count: int, case: Case, seed: int) -> Array:
    """Numbers of all sizes, some of them thresholds again and again, and 0/1 columns where wanted."""
    chance = np.random.default_rng(seed)
    numbers = np.column_stack(
        [
            chance.normal(size=count),
            chance.lognormal(3, 4, size=count),
            chance.integers(0, 20, size=count),
            chance.uniform(-1e-3, 1e-3, size=count),
            np.round(chance.normal(size=count), 1),
        ]
    )
    if case.categories:
        numbers = np.column_stack([numbers, np.eye(4)[chance.integers(0, 4, size=count)]])
    rows = numbers.astype(np.float32)
    rows[chance.random(rows.shape) < case.missing] = np.nan
    return rows


def trained(case: Case, rows: Array) -> xgboost.Booster:
    """A booster as the container keeps it: with early stopping only the best rounds, and at most 20 MB."""
    train, validation = _matrices(case, rows)
    # Under this name xgboost cannot cut off the rounds behind the best one: the job ends with an error.
    stops_early = case.stops_early and case.objective != "reg:linear"
    stopping = xgboost.callback.EarlyStopping(rounds=_ROUNDS_WITHOUT_BETTER, data_name="validation", save_best=True)
    booster = xgboost.train(
        _parameters(case),
        train,
        _rounds(case),
        evals=[(train, "train"), (validation, "validation")],
        callbacks=[stopping] if stops_early else [],
        verbose_eval=False,
    )
    size = len(booster.save_raw("ubj"))
    return booster if size <= _MOST_BYTES else booster[: booster.num_boosted_rounds() * _MOST_BYTES // size]


def saved(booster: xgboost.Booster, form: str = "ubj") -> bytes:
    return bytes(booster.save_raw(form))


def packed(files: Mapping[str, bytes], **header: Any) -> bytes:
    """`model.tar.gz` with these files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in header.items():
                setattr(member, key, value)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def archive_of(booster: xgboost.Booster) -> bytes:
    return packed({"xgboost-model": saved(booster)})


def _rounds(case: Case) -> int:
    """As many as wanted, if that takes minutes: dart looks at all earlier trees in each round."""
    classes = case.classes if case.objective.startswith("multi:") else 1
    return max(1, min(case.rounds, _MOST_TREES[case.booster] // (classes * case.forest)))


def _parameters(case: Case) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "objective": case.objective,
        "booster": case.booster,
        "max_depth": case.depth,
        "num_parallel_tree": case.forest,
        "tree_method": case.method,
        "eta": 0.3,
        "subsample": 0.9,
        "min_child_weight": 0.1,
        "nthread": 1,
    }
    if case.objective.startswith("multi:"):
        parameters["num_class"] = case.classes
    if case.booster == "dart":
        parameters["rate_drop"] = 0.3
    if case.base_score is not None:
        parameters["base_score"] = case.base_score
    return parameters


def _matrices(case: Case, rows: Array) -> tuple[xgboost.DMatrix, xgboost.DMatrix]:
    chance = np.random.default_rng(1)
    noise = chance.normal(size=len(rows)).astype(np.float32)
    signal = np.nan_to_num(rows[:, 0]) + 0.3 * np.sin(np.nan_to_num(rows[:, 4]) * 3) + 0.2 * noise
    cut = len(rows) * 4 // 5
    labels = _labels(case, signal)
    return _matrix(case, rows[:cut], labels[:cut]), _matrix(case, rows[cut:], labels[cut:])


def _labels(case: Case, signal: Array) -> Array:
    """What the objective takes."""
    if case.objective.startswith("multi:"):
        return (np.argsort(np.argsort(signal)) * case.classes // len(signal)).astype(np.float32)
    labels = {
        **dict.fromkeys(("binary:logistic", "binary:logitraw", "binary:hinge", "rank:map"), signal > 0),
        "reg:logistic": 1 / (1 + np.exp(-signal)),
        **dict.fromkeys(("count:poisson", "rank:ndcg", "rank:pairwise"), np.clip(np.round(np.exp(signal)), 0, 4)),
        **dict.fromkeys(("reg:gamma", "reg:tweedie", "reg:squaredlogerror", "survival:aft"), np.exp(signal)),
        "survival:cox": np.exp(signal) * np.where(signal > 0.5, -1, 1),
    }
    return labels.get(case.objective, signal * 10).astype(np.float32)


def _matrix(case: Case, rows: Array, labels: Array) -> xgboost.DMatrix:
    matrix = xgboost.DMatrix(rows, labels, nthread=1)
    if case.objective.startswith("rank:"):
        matrix.set_info(group=[len(rows) // 2, len(rows) - len(rows) // 2])
    if case.objective == "survival:aft":
        matrix.set_info(label_lower_bound=labels, label_upper_bound=labels)
    return matrix
