"""A model, read from its document: everything that its answers depend on, checked before it is believed."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ebb.trees.document import count, is_empty, reals, table, tables, text, wholes
from ebb.trees.float32 import rounded
from ebb.trees.limits import DEFAULT_LIMITS, ModelLimits
from ebb.trees.objectives import OBJECTIVES, Objective
from ebb.trees.tree import Node, Tree, read_tree
from ebb.trees.unusable import UnusableModelError, shown

Version = tuple[int, int, int]

_KNOWN_VERSIONS: Final = ((3, 0), (3, 2))  # of images 3.0-5 and 3.2-0
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER: Final = 60
_CATEGORY: Final = "c"


@dataclass(frozen=True, eq=False)
class Model:
    """`version`: of the xgboost that wrote it. `features`: its columns. `base_margins`: one for each margin of a row.

    `steps`: how many splits and leaves a row meets at most. `trees` are in the order in which they are added up.
    """

    version: Version
    objective_name: str
    objective: Objective = field(repr=False)
    booster: str
    features: int
    base_margins: tuple[float, ...] = field(repr=False)
    trees: tuple[Tree, ...] = field(repr=False)
    walks: tuple[tuple[Node, int], ...] = field(repr=False)
    steps: int

    @property
    def outputs(self) -> int:
        """Margins of a row: the number of classes, or 1."""
        return len(self.base_margins)


def read_document(document: Mapping[str, Any], limits: ModelLimits = DEFAULT_LIMITS) -> Model:
    """The model in a parsed file; UnusableModelError for what xgboost would not have written, or is not evaluated.

    All its trees count, whatever `best_iteration` says: the container keeps no others (`save_best`), and serves all.
    """
    version = _version(document)
    learner = table(document, "learner")
    name, objective = _objective(learner)
    parameters = table(learner, "learner_model_param")
    features, outputs = _shape(parameters, objective, limits)
    _refuse_categories(learner)
    base_margins = _base_margins(parameters, outputs, objective, version)
    booster = text(table(learner, "gradient_booster"), "name")
    trees = _trees(table(learner, "gradient_booster"), booster, features, outputs, limits)
    walks = tuple((tree.root, tree.group) for tree in trees)
    steps = sum(tree.depth + 1 for tree in trees)
    return Model(version, name, objective, booster, features, base_margins, trees, walks, steps)


def _version(document: Mapping[str, Any]) -> Version:
    numbers = wholes(document, "version")
    if len(numbers) != len(("major", "minor", "patch")):
        raise UnusableModelError("its version is none")
    major, minor, patch = numbers
    if (major, minor) not in _KNOWN_VERSIONS:
        known = " and ".join(f"{first}.{second}" for first, second in _KNOWN_VERSIONS)
        raise UnusableModelError(f"xgboost {major}.{minor}.{patch} wrote it; models of {known} are evaluated")
    return major, minor, patch


def _objective(learner: Mapping[str, Any]) -> tuple[str, Objective]:
    name = text(table(learner, "objective"), "name")
    if name not in OBJECTIVES:
        raise UnusableModelError(f"its objective is {shown(name)}, which is not evaluated")
    return name, OBJECTIVES[name]


def _shape(parameters: Mapping[str, Any], objective: Objective, limits: ModelLimits) -> tuple[int, int]:
    """Features and outputs."""
    features, classes = count(parameters, "num_feature"), count(parameters, "num_class")
    if "num_target" in parameters and count(parameters, "num_target") > 1:
        raise UnusableModelError("it has several targets, which are not evaluated")
    if objective.several != (classes > 0):
        raise UnusableModelError(f"it has {classes} classes, which its objective cannot have")
    if not 0 < features <= limits.features:
        raise UnusableModelError(f"it has {features} features, and may have {limits.features}")
    if classes > limits.outputs:
        raise UnusableModelError(f"it has {classes} classes, and may have {limits.outputs}")
    return features, classes or 1


def _refuse_categories(learner: Mapping[str, Any]) -> None:
    types = learner.get("feature_types", [])
    if not isinstance(types, list):
        raise UnusableModelError("its feature_types is missing or of another type")
    if _CATEGORY in types:
        raise UnusableModelError("it has categorical features (enable_categorical), which are not evaluated")


def _base_margins(
    parameters: Mapping[str, Any], outputs: int, objective: Objective, version: Version
) -> tuple[float, ...]:
    """3.0 writes one number for all classes, 3.2 a list with one for each: `[1.2E-2,-3E-1]`."""
    written = text(parameters, "base_score")
    inner = written[1:-1] if written[:1] == "[" and written[-1:] == "]" else written
    numbers = inner.split(",") if version >= (3, 2) else [inner]
    if not all(_NUMBER.fullmatch(number) and len(number) <= _LONGEST_NUMBER for number in numbers):
        raise UnusableModelError(f"its base_score is {shown(written)}, which is no number")
    if len(numbers) not in (1, outputs):
        raise UnusableModelError(f"it has {len(numbers)} base scores for {outputs} outputs")
    scores = [rounded(float(number)) for number in numbers]
    margins = [objective.base_margin(score, version[:2]) for score in scores]
    if not all(map(math.isfinite, margins)):
        raise UnusableModelError(f"its base_score is {shown(written)}, which its objective cannot have")
    return tuple(margins * outputs if len(margins) == 1 else margins)


def _trees(booster: Mapping[str, Any], name: str, features: int, outputs: int, limits: ModelLimits) -> tuple[Tree, ...]:
    model = _forest(booster, name)
    trees, groups = tables(model, "trees"), wholes(model, "tree_info")
    if len(trees) > limits.trees:
        raise UnusableModelError(f"it has {len(trees)} trees, and may have {limits.trees}")
    _check_counts(model, len(trees), groups, outputs)
    weights = reals(booster, "weight_drop") if name == "dart" else array("f", [1]) * len(trees)
    if len(weights) != len(trees) or not all(map(math.isfinite, weights)):
        raise UnusableModelError("its weight_drop does not fit its trees")
    return tuple(
        read_tree(tree, features, group, weight, limits.depth)
        for tree, group, weight in zip(trees, groups, weights, strict=True)
    )


def _forest(booster: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The trees of both boosters; dart has them one level deeper."""
    if name == "gbtree":
        return table(booster, "model")
    if name == "dart":
        return table(table(booster, "gbtree"), "model")
    if name == "gblinear":
        raise UnusableModelError("its booster is gblinear, which has no trees")
    raise UnusableModelError(f"its booster is {shown(name)}, which is not evaluated")


def _check_counts(model: Mapping[str, Any], trees: int, groups: Sequence[int], outputs: int) -> None:
    if "cats" in model and not is_empty(table(model, "cats"), "enc"):
        raise UnusableModelError("it encodes categories (enable_categorical), which is not evaluated")
    rounds = wholes(model, "iteration_indptr")
    if count(table(model, "gbtree_model_param"), "num_trees") != trees or len(groups) != trees:
        raise UnusableModelError("its number of trees differs from what it says")
    if not rounds or rounds[-1] != trees or rounds[0] != 0 or rounds != sorted(rounds):
        raise UnusableModelError("its rounds do not fit its trees")
    if trees and not 0 <= min(groups) <= max(groups) < outputs:
        raise UnusableModelError(f"a tree belongs to none of {outputs} outputs")
    ids = [tree.get("id") for tree in model["trees"]]
    if ids != list(range(trees)):
        raise UnusableModelError("its trees are not in their order")
