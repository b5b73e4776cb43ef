"""Whatever stands in a model.toml, the answer is settings or a refusal; the schema is never the stricter one."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ebb.problems import MAX_PROBLEMS, RefusedError
from ebb.settings.model_settings import ModelSettings, read_settings
from ebb.settings.training_and_endpoint import SettingsLimits

VALIDATOR = Draft202012Validator(json.loads((Path(__file__).parents[4] / "docs/model.schema.json").read_text()))
KEYS = (
    "validation label drop header keep after_minutes metric at_most no_worse_than_live volume_gb memory_mb EBB_A "
    "OMP_NUM_THREADS objective eval_metric num_round eta learning_rate gamma lambda updater monotone_constraints "
    "tree_method booster base_score csv_weights early_stopping_rounds num_class save_model_on_termination"
)
VALUES = (
    "0 1 -1 3 0.1 1.0 nan -inf 1e400 1e-40 true false '' 'a' '5' '0.5' 'rmse' 'auc,rmse' 'error@0.5' 'validation:rmse' "
    "'(1,)' 07:32:00 1979-05-27 1979-05-27T07:32:00Z 0xffffffffffffffffffff '\u00e9' 'grow_colmaker,prune' 'hist' "
    "'multi:softmax' 'gblinear' ['rmse'] [] {}"
)
TABLES = ["hyperparameters", "training", "endpoint", "endpoint.environment", "gate", "idle", "x"]
keys = st.sampled_from(KEYS.split()) | st.text("abz_", min_size=1, max_size=4)
values = st.recursive(
    st.sampled_from(VALUES.split()),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{', '.join(some)}]")
        | st.dictionaries(keys, inner, max_size=2).map(lambda some: f"{{{', '.join(map(' = '.join, some.items()))}}}")
    ),
    max_leaves=4,
)
bodies = st.dictionaries(keys, values, max_size=3).map(lambda some: "\n".join(map(" = ".join, some.items())))
documents = st.tuples(bodies, st.dictionaries(st.sampled_from(TABLES), bodies, max_size=3)).map(
    lambda some: "\n".join([some[0], *(f"[{name}]\n{body}" for name, body in some[1].items())])
)


@given(documents | st.text(max_size=60))
def test_any_text_gives_settings_or_a_refusal(text: str) -> None:
    try:
        settings = read_settings(text, SettingsLimits())
    except RefusedError as error:
        refused = error.problems
    else:
        assert VALIDATOR.is_valid(tomllib.loads(text))
        assert all(isinstance(text, str) for text in settings.hyperparameter_texts.values())
        assert ModelSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings
        return
    assert 1 <= len(refused) <= MAX_PROBLEMS
    assert all(len(problem.sentence()) < 1000 for problem in refused)
