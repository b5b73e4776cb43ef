"""One tree: its arrays as xgboost writes them (`src/tree/tree_model.cc`), checked, and its nodes to be walked."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ebb.trees.document import count, is_empty, of_length, reals, wholes
from ebb.trees.float32 import rounded
from ebb.trees.unusable import UnusableModelError

# Where a row goes: a split is (place in the doubled row, threshold, below it, else); a leaf is (0, value, None, None).
# The doubled row is described in margins.py. Any: a node again, or None.
Node = tuple[int, float, Any, Any]

_LEAF: Final = -1
_BELOW_ALL: Final = -1e300  # smaller than any 32-bit number, and larger than what stands for a missing one
_CATEGORIES: Final = ("categories", "categories_nodes", "categories_segments", "categories_sizes")


@dataclass(frozen=True, eq=False)
class Tree:
    """`group`: the class whose margin it adds to. `depth`: the most splits on a way to a leaf.

    The rest is per node, the root first, for explanations: a leaf has no children (-1), its condition is its value
    before `weight` (1 but for dart); `covers` are sums of hessians, `gains` what the splits won.
    """

    group: int
    depth: int
    weight: float
    left_children: list[int] = field(repr=False)
    features: list[int] = field(repr=False)
    conditions: array[float] = field(repr=False)
    defaults_left: list[int] = field(repr=False)
    covers: array[float] = field(repr=False)
    gains: array[float] = field(repr=False)
    root: Node = field(repr=False)


def read_tree(document: Mapping[str, Any], features: int, group: int, weight: float, deepest: int) -> Tree:
    """UnusableModelError for what is no tree over so many features, or deeper than `deepest` splits."""
    _refuse_what_is_not_walked(document)
    nodes = count(document["tree_param"], "num_nodes") if isinstance(document.get("tree_param"), dict) else 0
    lefts, splits, defaults = (
        of_length(nodes, wholes(document, key), key) for key in ("left_children", "split_indices", "default_left")
    )
    rights, parents = (of_length(nodes, wholes(document, key), key) for key in ("right_children", "parents"))
    conditions, covers, gains = (reals(document, key) for key in ("split_conditions", "sum_hessian", "loss_changes"))
    if not nodes or not len(conditions) == len(covers) == len(gains) == nodes:
        raise UnusableModelError("a tree's arrays differ in length")
    if min(splits) < 0 or max(splits) >= features:
        raise UnusableModelError(f"a tree splits by a feature that is none of {features}")
    _check_children(lefts, rights, parents)
    places = [split if left == 1 else split + features for split, left in zip(splits, defaults, strict=True)]
    root, depth = _nodes(lefts, places, _thresholds(conditions, lefts), weight)
    if depth > deepest:
        raise UnusableModelError(f"a tree is deeper than {deepest} splits")
    return Tree(group, depth, weight, lefts, splits, conditions, defaults, covers, gains, root)


def _refuse_what_is_not_walked(document: Mapping[str, Any]) -> None:
    parameters = document.get("tree_param")
    if isinstance(parameters, dict) and count(parameters, "size_leaf_vector") > 1:
        raise UnusableModelError("its leaves are vectors (multi_strategy), which are not evaluated")
    is_categorical = "split_type" in document and any(wholes(document, "split_type"))
    if is_categorical or not all(is_empty(document, key) for key in _CATEGORIES):
        raise UnusableModelError("it splits by categories (enable_categorical), which is not evaluated")


def _check_children(lefts: list[int], rights: list[int], parents: list[int]) -> None:
    """Children stand side by side behind their parent, and name it: so no walk comes back or meets another.

    xgboost itself takes the right child to be the one behind the left (`src/predictor/predict_fn.h`).
    """
    last = len(lefts) - 1
    for node, child in enumerate(lefts):
        if child == _LEAF:
            if rights[node] != _LEAF:
                raise UnusableModelError("a tree has a node with one child")
        elif not (
            node < child < last and rights[node] == child + 1 and parents[child] == node and parents[child + 1] == node
        ):
            raise UnusableModelError("a tree's children are not its own")


def _thresholds(conditions: array[float], lefts: list[int]) -> list[float]:
    """The conditions, made finite below: a threshold before or behind all values of a column may be infinite."""
    if all(map(math.isfinite, conditions)):
        return conditions.tolist()
    for condition, child in zip(conditions, lefts, strict=True):
        if math.isnan(condition) or (child == _LEAF and math.isinf(condition)):
            raise UnusableModelError("a tree has a value that is not a number")
    return [max(condition, _BELOW_ALL) for condition in conditions]


def _nodes(lefts: list[int], places: list[int], thresholds: list[float], weight: float) -> tuple[Node, int]:
    """The root with all below it, and the depth; made from the last node to the first, children before parents."""
    nodes: list[Any] = [None] * len(lefts)
    depths = [0] * len(lefts)
    for node in range(len(lefts) - 1, -1, -1):
        child, threshold = lefts[node], thresholds[node]
        if child == _LEAF:
            nodes[node] = (0, threshold if weight == 1 else rounded(threshold * weight), None, None)
        else:
            nodes[node] = (places[node], threshold, nodes[child], nodes[child + 1])
            depths[node] = max(depths[child], depths[child + 1]) + 1
    return nodes[0], depths[0]
