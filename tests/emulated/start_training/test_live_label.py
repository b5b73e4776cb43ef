"""The classes of the run that is live are copied into a new run's settings once, and keep their numbers there."""

from __future__ import annotations

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.intake import Intake
from tests.emulated.stack import NOW, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"


def of_classes(*classes: str) -> bytes:
    rows = "".join(f"{row * 7 % 13},{row % 5},{classes[row % len(classes)]}\n" for row in range(120))
    return f"size,depth,label\n{rows}".encode()


def goes_live(stack: Stack, run: str) -> None:
    row = stack.ledger.endpoint("abalone")
    stack.ledger.write_endpoint(row.settled(State.LIVE, NOW, live_run=run, live_config=run))


@pytest.fixture
def live(stack: Stack, intake: Intake) -> str:
    run: str = intake.take(stack.upload(KEY, of_classes("b", "d")))["run"]
    goes_live(stack, run)
    stack.announcements()
    return run


def label_of(stack: Stack, run: str) -> list[str]:
    classes: list[str] = stack.read_json(f"runs/abalone/{run}/dataset.json")["label"]["classes"]
    return classes


def test_a_first_run_has_nothing_to_keep_and_says_what_it_predicts(stack: Stack, intake: Intake) -> None:
    run = intake.take(stack.upload(KEY, of_classes("b", "d")))["run"]
    assert stack.read_json(f"runs/abalone/{run}/settings.json")["live"] is None
    (said,) = stack.announcements()
    assert "It predicts `label`, b or d (the positive one)." in said["sentence"]
    assert stack.sagemaker.jobs[run]["HyperParameters"]["objective"] == "binary:logistic"


def test_new_classes_come_behind_those_of_the_live_run(stack: Stack, intake: Intake, live: str) -> None:
    run = intake.take(stack.upload(KEY, of_classes("a", "b", "d")))["run"]
    kept = stack.read_json(f"runs/abalone/{run}/settings.json")["live"]
    assert (kept["run"], kept["classes"]) == (live, ["b", "d"])
    assert label_of(stack, run) == ["b", "d", "a"]
    sent = stack.sagemaker.jobs[run]["HyperParameters"]
    assert (sent["objective"], sent["num_class"]) == ("multi:softprob", "3")


def test_they_are_numbered_anew_when_that_is_asked_for(stack: Stack, intake: Intake, live: str) -> None:
    stack.upload(TOML, b'classes = "new"')
    run = intake.take(stack.upload(KEY, of_classes("a", "b", "d")))["run"]
    assert label_of(stack, run) == ["a", "b", "d"]


def test_they_are_not_looked_up_again(stack: Stack, intake: Intake, live: str) -> None:
    upload = stack.upload(KEY, of_classes("b", "d", "f"))
    stack.sagemaker.refuse("create_training_job", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(WaitError):
        intake.take(upload)
    goes_live(stack, "ebb-abalone-261122000001-zzzzz")
    run = intake.take(upload)["run"]
    assert stack.read_json(f"runs/abalone/{run}/settings.json")["live"]["run"] == live


def test_another_task_is_refused_until_it_is_named(stack: Stack, intake: Intake, live: str) -> None:
    outcome = intake.take(stack.upload(KEY, of_classes("1", "2")))
    assert outcome["outcome"] == "refused"
    assert "predicts 2 classes" in outcome["reason"]
    corrected = intake.take(stack.upload(TOML, b'classes = "new"'))
    assert corrected["outcome"] == "training"
    assert label_of(stack, corrected["run"]) == ["1", "2"]


def test_a_refusal_of_an_unnamed_label_has_the_finished_model_toml(stack: Stack, intake: Intake) -> None:
    outcome = intake.take(stack.upload(KEY, of_classes("b", "d").replace(b"label", b"kind")))
    dataset = stack.read_json(f"runs/abalone/{outcome['run']}/dataset.json")
    assert dataset["problems"][0]["code"] == "no_label"
    corrected = intake.take(stack.upload(TOML, dataset["model_toml"].encode()))
    assert corrected["outcome"] == "training"
    assert stack.sagemaker.jobs[corrected["run"]]["HyperParameters"]["objective"] == "binary:logistic"
