"""Bad uploads are refused with a sentence that says where and what to do; no training job is created."""

from __future__ import annotations

import json

import pytest

from ebb.announcements.announcement import safe
from tests.end_to_end.tide import ABALONE, Tide, eventually

ROWS = ABALONE.read_text().splitlines()

HEADER = "rings," + ",".join(f"c{i}" for i in range(10))
NAMED = HEADER.replace("rings", "target") + ",id"
REFUSED: dict[str, tuple[str | bytes, str, int | None, int | None]] = {
    "unnamed": ("\n".join([HEADER.replace("c4", ""), *ROWS[:50]]), "unnamed_column", 1, 5),
    "text": ("\n".join([*ROWS[:6], ROWS[6].replace(",0.", ",x.", 1), *ROWS[7:50]]), "not_a_number", 7, 4),
    "empty": ("", "empty_file", None, None),
    "narrow": ("\n".join(row.partition(",")[0] for row in ROWS[:50]), "no_features", 1, 0),
    "ragged": ("\n".join([*ROWS[:20], ROWS[20] + ",1", *ROWS[21:50]]), "ragged_row", 21, 11),
    "unlabelled": ("\n".join([*ROWS[:3], "," + ROWS[3].partition(",")[2], *ROWS[4:50]]), "missing_label", 4, 0),
    "ids": (
        "\n".join([NAMED, *(f"{row},id-{number}" for number, row in enumerate(ROWS[:50]))]),
        "too_many_values",
        34,
        11,
    ),
    "latin": ("\n".join(ROWS[:50]).encode().replace(b"0.", b"0\xb7", 1), "not_utf8", 1, 4),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_with_line_and_column(tide: Tide, case: str) -> None:
    content, code, line, column = REFUSED[case]
    tide.upload(f"bad-{case}", content)

    latest = tide.until(f"bad-{case}", "refused")

    problem = latest["problems"][0]
    assert (problem["code"], problem["line"]) == (code, line)
    assert (problem["column"] or {}).get("position") == column
    assert safe(problem["remedy"]) in latest["sentence"]
    assert tide.jobs(f"bad-{case}") == []
    tide.hears(f"bad-{case}", "DatasetRefused")


def test_a_wrong_model_name_is_refused_with_the_rule(tide: Tide) -> None:
    tide.upload("Wrong_Name", ABALONE.read_bytes())

    def refused() -> list[str]:
        found = [
            event["detail"]
            for event in tide.announced("-")
            if event["detail"].get("key", "").startswith("datasets/Wrong")
        ]
        return [detail["sentence"] for detail in found]

    sentence = eventually(refused, "an announcement")[0]
    assert "'Wrong_Name' is not a model name" in sentence
    assert "lower-case letters and digits" in sentence
    assert tide.jobs("Wrong") == []


def test_all_mistakes_in_the_settings_are_named_at_once(tide: Tide) -> None:
    toml = 'validation = 0.9\nspot = true\n[training]\ninstance_type = "ml.p5.48xlarge"\ninstance_count = 4\n'
    tide.upload("greedy", ABALONE.read_bytes(), settings=toml)

    problems = tide.until("greedy", "refused")["problems"]

    said = json.dumps(problems)
    assert len(problems) == 4
    for name in ("validation", "spot", "training.instance_type", "training.instance_count"):
        assert name in said
    assert tide.jobs("greedy") == []


def test_a_training_job_that_fails_deploys_nothing_and_says_why(tide: Tide) -> None:
    halves = "\n".join(row.replace(",", ".5,", 1) for row in ROWS)  # no classes, which only the metric minds
    tide.upload("halves", halves, settings='[hyperparameters]\neval_metric = "accuracy"\n')

    latest = tide.until("halves", "failed")

    assert "Classification metrics can't handle a mix of continuous and binary targets" in latest["sentence"]
    assert tide.endpoint("halves") is None
    tide.hears("halves", "TrainingStarted", "TrainingFailed")
