"""The published schemas are what the code says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs.event_schemas import events
from docs.generate import EVENTS, MODEL_SCHEMA, event_files, model_schema_text
from ebb.bucket.uploads import model_of_key
from ebb.problems import Code, Problem, RefusedError

RUN = "ebb-abalone-261122153000-k3v7q"
SAID = {"stack": "ebb", "model": "abalone", "run": RUN, "sentence": "It is so."}
BAD_CELL = Problem(Code.NOT_A_NUMBER, "'x' is no number.", "Write one.", line=7, column=2, value="x", name="n" * 99)
GATE = {"metric": None, "figure": None, "limit": None, "live_run": None, "live_figure": None}
SMOKE = {"metric": None, "reported": None, "measured": None, "tolerance": None, "rows": 200}
LIVE = {"config": f"{RUN}-2", "replaced": None, "direct": False, "smoke": SMOKE, "cold_seconds": 6, "warm_seconds": 0.1}
LIVE |= {"woken": False, "settings": None}
AT = "2026-11-22T15:30:00Z"
IDLE = {"idle_since": AT, "evidence": {"calls": 0, "complete": True, "last_call": None}, "keep": "ebb keep abalone"}
IMAGE = {"image": "3.2-0", "patched_until": "2027-05-13"}
SAVED = {"endpoint_slots": 1, "gb_hours_per_day": 0.0}
ASLEEP = {"endpoint": "Old-one", "config": "c", "why": "So.", "wake": "ebb wake abalone", "saved": SAVED, "by": "idle"}
WAKING = {"endpoint": "ebb-abalone", "config": f"{RUN}-od"}
BILLED = {"provisioned_concurrency": 2, "memory_mb": 1024, "gb_hours_per_day": 48.0}
PURGED = {"removed": [RUN], "artifact": "s3://bucket/key", "by": "age"}
FACTS: dict[str, dict[str, Any]] = {
    "DatasetRefused": {"problems": [BAD_CELL.as_json()]},
    "TrainingStarted": {"rows": {"all": 200, "train": 160, "validation": 40, "smoke": 40}},
    "TrainingFailed": {"reason": "It ran out of memory.", "retry": False},
    "ModelHeldBack": {"code": "stuck", "reason": "It came to no end."} | GATE,
    "EndpointLive": {"endpoint": "ebb-abalone"} | LIVE,
    "EndpointRolledBack": {"endpoint": "ebb-abalone", "live_run": RUN, "reason": "It failed.", "by": "ebb"},
    "EndpointBroken": {"endpoint": "ebb-abalone", "reason": "It failed."},
    "EndpointSleepsSoon": IDLE | {"endpoint": "ebb-abalone", "sleeps_after": AT, "last_call": None, "blocked": None},
    "EndpointAsleep": IDLE | ASLEEP,
    "EndpointWaking": WAKING | {"since_asleep": AT, "by": "predict", "rebuilt": False},
    "EndpointDowngraded": WAKING | {"instead_of": RUN} | BILLED,
    "EndpointPurged": {"endpoint": "ebb-abalone", "asleep_since": None, "wake": "ebb wake abalone"} | PURGED,
    "ImageRetires": IMAGE | {"endpoint": "ebb-abalone", "config": RUN, "asleep_since": None},
    "RequestRefused": {"request": "Sleep", "reason": "It could not be woken.", "by": "request"},
}
FACT = [(name, fact) for name, facts in FACTS.items() for fact in facts]


def valid(name: str, detail: dict[str, Any]) -> bool:
    schema = json.loads((EVENTS / f"{name}.schema.json").read_text())
    return Draft202012Validator(schema).is_valid(detail)


def test_the_schema_of_model_toml_is_up_to_date() -> None:
    assert MODEL_SCHEMA.read_text() == model_schema_text(), "run `make docs`"


def test_the_schema_of_model_toml_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(MODEL_SCHEMA.read_text()))


def test_every_key_says_what_it_is_for() -> None:
    pending = []
    tables = [("", json.loads(MODEL_SCHEMA.read_text()))]
    while tables:
        place, table = tables.pop()
        assert table["additionalProperties"] is False, place
        pending += [f"{place}{name}" for name, key in table["properties"].items() if not key.get("description")]
        tables += [(f"{place}{name}.", key) for name, key in table["properties"].items() if "properties" in key]
    assert pending == []


def test_docs_events_holds_what_the_code_says_and_nothing_else() -> None:
    files = {file.name: file.read_text() for file in EVENTS.iterdir()}
    assert files == event_files(), "run `make docs`"


def test_every_announcement_has_a_schema_and_a_row_in_the_readme() -> None:
    assert set(events()) == set(FACTS)
    readme = (EVENTS / "README.md").read_text()
    for name in events():
        Draft202012Validator.check_schema(json.loads((EVENTS / f"{name}.schema.json").read_text()))
        assert f"| [{name}]({name}.schema.json) | " in readme


@pytest.mark.parametrize(("name", "fact"), FACT)
def test_the_readme_names_every_fact(name: str, fact: str) -> None:
    (row,) = [line for line in (EVENTS / "README.md").read_text().splitlines() if line.startswith(f"| [{name}]")]
    assert f"`{fact}`" in row


@pytest.mark.parametrize("name", FACTS)
def test_facts_as_the_design_has_them_are_valid(name: str) -> None:
    assert valid(name, SAID | FACTS[name])


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"more": 1},
        {"stack": ""},
        {"run": "abalone"},
        {"run": 7},
        {"model": "Abalone"},
        {"sentence": ""},
        {"sentence": 'He said "no".'},
        {"sentence": "one\ntwo"},
        {"sentence": "x" * 1001},
    ],
)
def test_what_all_have_is_not_of_any_shape(name: str, wrong: dict[str, Any]) -> None:
    assert not valid(name, SAID | FACTS[name] | wrong)


@pytest.mark.parametrize(("name", "fact"), FACT)
def test_a_fact_is_there_and_of_its_own_kind(name: str, fact: str) -> None:
    whole = SAID | FACTS[name]
    assert not valid(name, {key: value for key, value in whole.items() if key != fact})
    assert not valid(name, whole | {fact: {"odd": [1]}})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("DatasetRefused", {"problems": []}),
        ("DatasetRefused", {"problems": [BAD_CELL.as_json()] * 21}),
        ("DatasetRefused", {"problems": [BAD_CELL.as_json() | {"code": "odd"}]}),
        ("DatasetRefused", {"key": "datasets/abalone/a.csv"}),
        ("DatasetRefused", {"run": None}),
        ("TrainingStarted", {"rows": {"all": 200, "train": 160, "validation": 40}}),
        ("ModelHeldBack", {"code": "odd"}),
        ("ModelHeldBack", {"live_run": ""}),
        ("EndpointLive", {"run": None}),
        ("EndpointLive", {"config": "ebb-abalone"}),
        ("EndpointLive", {"smoke": SMOKE | {"answers": []}}),
        ("EndpointLive", {"warm_seconds": -1}),
        ("EndpointRolledBack", {"by": "somebody"}),
        ("EndpointRolledBack", {"by": "predict"}),
        ("EndpointSleepsSoon", {"sleeps_after": "tomorrow"}),
        ("EndpointAsleep", {"idle_since": "yesterday"}),
        ("EndpointAsleep", {"evidence": {"calls": {"at": AT}}}),
        ("EndpointAsleep", {"saved": SAVED | {"dollars": 3}}),
        ("EndpointAsleep", {"by": "somebody"}),
        ("ImageRetires", {"patched_until": AT}),
        ("ImageRetires", {"asleep_since": "yesterday"}),
        ("EndpointWaking", {"run": None}),
        ("EndpointWaking", {"by": ""}),
        ("EndpointDowngraded", {"gb_hours_per_day": -1}),
        ("EndpointPurged", {"removed": RUN}),
    ],
)
def test_a_wrong_fact_is_not_valid(name: str, wrong: dict[str, Any]) -> None:
    assert not valid(name, SAID | FACTS[name] | wrong)


@pytest.mark.parametrize("key", ["datasets/a.csv", "datasets/Ab/a.csv", "datasets/ab/a.txt", "datasets/ab/c/a.csv"])
def test_a_refusal_without_a_run_names_its_key(key: str) -> None:
    with pytest.raises(RefusedError) as refused:
        model_of_key(key)
    problems = [problem.as_json() for problem in refused.value.problems]
    said = SAID | {"model": refused.value.model or "-", "run": None, "problems": problems}
    assert valid("DatasetRefused", said | {"key": key})
    assert not valid("DatasetRefused", said)
