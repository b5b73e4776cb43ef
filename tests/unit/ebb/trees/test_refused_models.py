"""What cannot be evaluated is refused by name, and what xgboost would not have written by what is wrong with it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost

from ebb.trees.limits import ModelLimits
from ebb.trees.model_file import read_model, read_model_file
from ebb.trees.unusable import UnusableModelError
from tests.unit.ebb.trees.boosters import archive_of, packed, saved
from tests.unit.ebb.trees.documents import DART, SMALL, as_json, document, model_bytes, read, trees

ROWS = np.random.default_rng(0).normal(size=(60, 3))
LABELS = (ROWS[:, 0] > 0).astype(float)


def _reason(data: bytes, limits: ModelLimits | None = None) -> str:
    with pytest.raises(UnusableModelError) as refused:
        read_model_file(data, limits or ModelLimits())
    assert refused.value.reason == str(refused.value)
    assert refused.value.reason.isascii()
    assert len(refused.value.reason) < 200
    return refused.value.reason


def _booster(labels: Any = LABELS, *, categorical: bool = False, **parameters: Any) -> xgboost.Booster:
    rows = np.column_stack([ROWS, np.arange(60) % 6])
    types = ["float"] * 3 + ["c" if categorical else "float"]
    matrix = xgboost.DMatrix(rows, labels, feature_types=types, enable_categorical=categorical, nthread=1)
    return xgboost.train(parameters, matrix, 3)


@pytest.mark.parametrize(
    ("booster", "reason"),
    [
        (_booster(booster="gblinear"), "its booster is gblinear, which has no trees"),
        (_booster(np.arange(60) % 6, categorical=True), "categor"),
        (_booster(ROWS[:, :2]), "it has several targets, which are not evaluated"),
        (_booster(ROWS[:, :2], multi_strategy="multi_output_tree", tree_method="hist"), "several targets"),
        (_booster(objective="reg:quantileerror", quantile_alpha=0.5), "its objective is 'reg:quantileerror'"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_model_of_another_kind_is_refused_by_name(booster: xgboost.Booster, reason: str) -> None:
    with pytest.raises(UnusableModelError, match=reason):
        read_model(archive_of(booster))
    assert reason in _reason(saved(booster, "json"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"binf" + bytes(200), "it is in xgboost's old binary format, which images up to 1.7-1 write"),
        (pickle.dumps(LABELS, protocol=4), "it is a pickle, which images up to 1.2-2 write"),
        (b"", "it is in no format of xgboost"),
        (b"\x00\x00\x00?", "it is in no format of xgboost"),
        (b"{}", "its version is missing or of another type"),
        (b'{"learner": {}}', "its version is missing or of another type"),
    ],
)
def test_another_format_is_refused_by_name(data: bytes, reason: str) -> None:
    assert _reason(data) == reason
    with pytest.raises(UnusableModelError, match=r"\S"):
        read_model(packed({"xgboost-model": data}))


def _at(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(of: dict[str, Any]) -> None:
        place: Any = of
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return spoil


def _in_tree(key: str, *path: int, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda of: _at(key, *path, value=value)(trees(of)[1])


PARAMETERS = ("learner", "learner_model_param")
FOREST = ("learner", "gradient_booster", "model")

SPOILED = [
    (_at("version", value=[4, 0, 0]), "xgboost 4.0.0 wrote it; models of 3.0 and 3.2 are evaluated"),
    (_at("version", value=[3, 1, 3]), "xgboost 3.1.3 wrote it"),
    (_at("version", value=[3, 2]), "its version is none"),
    (_at("version", value="3.2.0"), "its version is missing or of another type"),
    (_at("learner", value=[]), "its learner is missing"),
    (_at("learner", "objective", "name", value="multi:softprob"), "it has 0 classes"),
    (_at("learner", "objective", "name", value=7), "its name is missing"),
    (_at("learner", "objective", "name", value="\u202e" * 300), "its objective is '"),
    (_at("learner", "feature_types", value=["c"]), "categorical features"),
    (_at("learner", "feature_types", value=7), "its feature_types is missing"),
    (_at("learner", "gradient_booster", "name", value="forest"), "its booster is 'forest'"),
    (_at(*PARAMETERS, "num_class", value="3"), "it has 3 classes, which its objective cannot have"),
    (_at(*PARAMETERS, "num_target", value="2"), "several targets"),
    (_at(*PARAMETERS, "num_feature", value="0"), "it has 0 features"),
    (_at(*PARAMETERS, "num_feature", value="999999999"), "it has 999999999 features, and may have 100000"),
    (_at(*PARAMETERS, "num_feature", value="9" * 5000), "which is no count"),
    (_at(*PARAMETERS, "num_feature", value="\u0663"), "which is no count"),
    (_at(*PARAMETERS, "num_feature", value="2"), "a tree splits by a feature that is none of 2"),
    (_at(*PARAMETERS, "base_score", value="[nan]"), "which is no number"),
    (_at(*PARAMETERS, "base_score", value="[]"), "which is no number"),
    (_at(*PARAMETERS, "base_score", value=""), "which is no number"),
    (_at(*PARAMETERS, "base_score", value="[5E-1,5E-1]"), "it has 2 base scores for 1 outputs"),
    (_at(*PARAMETERS, "base_score", value="[1.5E0]"), "which its objective cannot have"),
    (_at(*PARAMETERS, "base_score", value="1" + "0" * 5000), "which is no number"),
    (_at(*FOREST, "gbtree_model_param", "num_trees", value="4"), "its number of trees differs"),
    (_at(*FOREST, "tree_info", value=[0, 0]), "its number of trees differs"),
    (_at(*FOREST, "tree_info", value=[0, 1, 0]), "a tree belongs to none of 1 outputs"),
    (_at(*FOREST, "tree_info", value=[0, -1, 0]), "a tree belongs to none of 1 outputs"),
    (_at(*FOREST, "tree_info", value=[0, 2**70, 0]), "its tree_info is missing or of another type"),
    (_at(*FOREST, "iteration_indptr", value=[0, 1, 2]), "its rounds do not fit its trees"),
    (_at(*FOREST, "iteration_indptr", value=[]), "its rounds do not fit its trees"),
    (_at(*FOREST, "trees", value=[1, 2, 3]), "its trees is missing"),
    (_at(*FOREST, "trees", 0, "id", value=2), "its trees are not in their order"),
    (_at(*FOREST, "cats", value={"enc": [[1]]}), "it encodes categories"),
    (_in_tree("split_type", 0, value=1), "it splits by categories"),
    (_in_tree("categories", value=[1]), "it splits by categories"),
    (_in_tree("tree_param", value={}), "its size_leaf_vector is missing"),
    (_in_tree("tree_param", value={"num_nodes": "0", "size_leaf_vector": "1"}), "its left_children has"),
    (_in_tree("tree_param", value={"num_nodes": "3", "size_leaf_vector": "2"}), "its leaves are vectors"),
    (_in_tree("left_children", 0, value=0), "children are not its own"),
    (_in_tree("left_children", 0, value=3), "children are not its own"),
    (_in_tree("left_children", 0, value=-2), "children are not its own"),
    (_in_tree("left_children", 0, value=10**6), "children are not its own"),
    (_in_tree("left_children", 0, value=-1), "a node with one child"),
    (_in_tree("left_children", 0, value=1.0), "its left_children is missing or of another type"),
    (_in_tree("left_children", 2, value=1), "children are not its own"),
    (_in_tree("right_children", 0, value=3), "children are not its own"),
    (_in_tree("parents", 1, value=2), "children are not its own"),
    (_in_tree("split_indices", 0, value=-1), "a feature that is none of 9"),
    (_in_tree("split_indices", 0, value=9), "a feature that is none of 9"),
    (_in_tree("split_conditions", 0, value=float("nan")), "not a number"),
    (_in_tree("split_conditions", -1, value=float("inf")), "not a number"),
    (_in_tree("split_conditions", -1, value=-1e39), "not a number"),
    (_in_tree("split_conditions", -1, value=10**400), "its split_conditions is missing or of another type"),
    (_in_tree("split_conditions", value=[1.0]), "arrays differ in length"),
    (_in_tree("sum_hessian", value=None), "its sum_hessian is missing"),
    (_in_tree("default_left", value=[0]), "its default_left has 1 values for"),
]


@pytest.mark.parametrize(("spoil", "reason"), SPOILED, ids=[reason[:40] for _, reason in SPOILED])
def test_a_document_that_xgboost_would_not_write_is_refused(
    spoil: Callable[[dict[str, Any]], None], reason: str
) -> None:
    spoiled = document()
    spoil(spoiled)
    assert reason in _reason(as_json(spoiled))


@pytest.mark.parametrize("weights", [[1.0], [float("nan")] * 9, None, ["1"] * 9])
def test_dart_has_a_weight_for_each_tree(weights: Any) -> None:
    spoiled = document(DART)
    spoiled["learner"]["gradient_booster"]["weight_drop"] = weights
    assert "weight_drop" in _reason(as_json(spoiled))


def _chain(splits: int) -> dict[str, Any]:
    """A tree whose every left child is split again."""
    chained, nodes = document(), 2 * splits + 1
    lefts = [1, *(node + 2 if node % 2 and node + 2 < nodes else -1 for node in range(1, nodes))]
    parents = [2**31 - 1, *(max(0, (node - 1) // 2 * 2 - 1) for node in range(1, nodes))]
    trees(chained)[0] |= {
        "left_children": lefts,
        "right_children": [-1 if left < 0 else left + 1 for left in lefts],
        "parents": parents,
        "split_type": [],
        **{key: [0] * nodes for key in ("split_indices", "default_left")},
        **{key: [0.5] * nodes for key in ("split_conditions", "sum_hessian", "loss_changes")},
    }
    trees(chained)[0]["tree_param"]["num_nodes"] = str(nodes)
    return chained


def test_a_path_is_as_long_as_the_limit_and_no_longer() -> None:
    assert read(_chain(1000)).trees[0].depth == 1000
    assert _reason(as_json(_chain(1001))) == "a tree is deeper than 1000 splits"
    assert _reason(as_json(_chain(5_000))) == "a tree is deeper than 1000 splits"


@pytest.mark.parametrize(
    ("lefts", "rights", "parents"),
    [
        ([3, -1, -1, 1, -1], [4, -1, -1, 2, -1], [9, 3, 3, 0, 0]),  # a tree, but a child stands before its parent
        ([1, -2, -1, -1, -1], [2, -1, -1, -1, -1], [9, 0, 0, 1, 1]),  # counted from the end
        ([4, -1, -1, -1, -1], [5, -1, -1, -1, -1], [9, 0, 0, 0, 0]),  # one of two is beyond the end
        ([1, 3, 1, -1, -1], [2, 4, 2, -1, -1], [9, 0, 0, 1, 1]),  # a way that never ends
    ],
)
def test_children_that_a_walk_must_not_meet_are_refused(
    lefts: list[int], rights: list[int], parents: list[int]
) -> None:
    spoiled = _chain(2)
    trees(spoiled)[0].update(left_children=lefts, right_children=rights, parents=parents)
    assert _reason(as_json(spoiled)) == "a tree's children are not its own"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ModelLimits(model_bytes=100), "its file has more than 100 bytes"),
        (ModelLimits(trees=2), "it has 9 trees, and may have 2"),
        (ModelLimits(depth=1), "a tree is deeper than 1 splits"),
        (ModelLimits(features=4), "it has 5 features, and may have 4"),
        (ModelLimits(outputs=2), "it has 3 classes, and may have 2"),
    ],
)
def test_a_limit_is_kept(limits: ModelLimits, reason: str) -> None:
    assert _reason(model_bytes(DART, "ubj"), limits) == reason


@pytest.mark.parametrize("case", [SMALL, DART], ids=str)
def test_both_forms_of_a_document_are_the_same_model(case: Any) -> None:
    one, other = (read_model_file(model_bytes(case, form)) for form in ("ubj", "json"))
    assert one.base_margins == other.base_margins
    assert one.walks == other.walks
    assert [list(tree.covers) for tree in one.trees] == [list(tree.covers) for tree in other.trees]


def test_what_explanations_will_need_is_kept() -> None:
    model, told = read(document()), trees(document())
    for tree, written in zip(model.trees, told, strict=True):
        assert tree.left_children == written["left_children"]
        assert tree.features == written["split_indices"]
        for kept, key in (
            (tree.covers, "sum_hessian"),
            (tree.gains, "loss_changes"),
            (tree.conditions, "split_conditions"),
        ):
            assert kept.tolist() == np.array(written[key], np.float32).tolist()
    assert json.dumps(repr(model)).isascii()
