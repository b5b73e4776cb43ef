"""The first minute with the tables that everybody tries first, in their likeness: one command, a model worth having."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import xgboost

from cli.outcome import ExitCode
from ebb.evaluation.answers import read_answers
from ebb.evaluation.guess import no_better_than_a_guess
from ebb.predict.answers import predictions_of
from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from tests.unit.cli.check.test_finished_settings import checked
from tests.unit.ebb.datasets.generated import chance
from tests.unit.ebb.datasets.preparing import Memory, prepared
from tests.unit.ebb.datasets.test_generated_tables import loaded

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
xgboost.set_config(nthread=1)
ROWS = 600


def iris(random: Random, row: int) -> str:
    kind = row * 3 // ROWS
    cells = [f"{mean + random.gauss(0, 0.3):.1f}" for mean in (5 + kind * 0.8, 3.0, 1.5 + kind * 2, 0.2 + kind * 0.9)]
    return ",".join([*cells, f"Iris-{('setosa', 'versicolor', 'virginica')[kind]}"])


def titanic(random: Random, row: int) -> str:
    sex, grade = random.choice(["male", "female"]), random.randint(1, 3)
    survived = int(random.random() < (0.8 if sex == "female" else 0.2))
    age = "" if random.random() < 0.2 else str(random.randint(1, 80))
    name = f'"Braund{row}, Mr. Owen ""Harris"""'
    cabin = "" if random.random() < 0.8 else f"C{row}"
    return f"{row + 1},{survived},{grade},{name},{sex},{age},0,0,A/5 {row},{random.uniform(5, 90):.4f},{cabin},S"


def house(random: Random, row: int) -> str:
    area, quality = random.randint(1300, 20000), random.randint(1, 10)
    fence = random.choice(["NA", "NA", "MnPrv"])
    return f"{row + 1},{random.choice(['RL', 'RM'])},{area},{fence},{quality},{20000 * quality + area * 2}"


def wine(random: Random, _row: int) -> str:
    acid, alcohol = random.uniform(4, 15), random.uniform(8, 14)
    return f"{acid:.1f};{random.uniform(0, 1):.2f};{alcohol:.1f};{min(8, max(3, round(alcohol - 5)))}"


def telco(random: Random, row: int) -> str:
    months, contract = random.randint(0, 72), random.choice(["Month-to-month", "One year", "Two year"])
    churn = "Yes" if contract == "Month-to-month" and random.random() < 0.7 else "No"
    total = " " if months == 0 else f"{months * 29.85:.2f}"
    return f"{row:04}-VHVEG,{random.choice(['Male', 'Female'])},{row % 2},{months},{contract},{total},{churn}"


def adult(random: Random, _row: int) -> str:
    years, hours = random.randint(1, 16), random.randint(20, 60)
    work = random.choice(["Private", "State-gov", "?"])
    return f"{random.randint(17, 80)}, {work}, {years}, {hours}, {'>50K' if years > 11 and hours > 35 else '<=50K'}"


@dataclass(frozen=True)
class First:
    header: str
    row: Callable[[Random, int], str]
    label: str
    objective: str
    left_out: tuple[str | int, ...] = ()
    classes: tuple[str, ...] | None = None


TABLES = {
    "iris": First("", iris, "-1", "multi:softprob", (), ("Iris-setosa", "Iris-versicolor", "Iris-virginica")),
    "titanic": First(
        "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked",
        titanic,
        "Survived",
        "binary:logistic",
        ("Name", "Ticket", "Cabin"),
        ("0", "1"),
    ),
    "house prices": First("Id,MSZoning,LotArea,Fence,OverallQual,SalePrice", house, "SalePrice", "reg:squarederror"),
    "wine quality": First('"fixed acidity";"citric acid";"alcohol";"quality"', wine, "quality", "reg:squarederror"),
    "telco churn": First(
        "customerID,gender,SeniorCitizen,tenure,Contract,TotalCharges,Churn",
        telco,
        "Churn",
        "binary:logistic",
        ("customerID",),
        ("No", "Yes"),
    ),
    "adult": First("", adult, "-1", "binary:logistic", (), ("<=50K", ">50K")),
}


@pytest.mark.parametrize("name", TABLES)
def test_one_command_writes_the_settings_under_which_it_becomes_a_model_worth_having(name: str, tmp_path: Path) -> None:
    first, random = TABLES[name], chance(5)
    lines = [*([first.header] if first.header else []), *(first.row(random, row) for row in range(ROWS))]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    assert checked(path)[1]["problems"][0]["code"] == "no_label"

    code, told, _ = checked(path, f"--label={first.label}", "--write-settings")

    assert (code, told["objective"]) == (ExitCode.DONE, first.objective)
    classes = told["label"]["classes"]
    assert classes == (None if first.classes is None else list(first.classes))
    left_out = [column["name"] for column in told["columns"] if column["role"] == "dropped"]
    assert left_out == list(first.left_out)
    settings = read_settings((tmp_path / "model.toml").read_text(), SettingsLimits())
    dataset, sink = prepared(Memory(path.read_bytes()), settings)
    _is_worth_having(settings.of_run(dataset.as_json()).hyperparameters, dataset.as_json(), sink)


def _is_worth_having(values: dict[str, Any], told: dict[str, Any], sink: Any) -> None:
    parameters = {key: value for key, value in values.items() if key != "num_round"}
    model = xgboost.train(parameters | {"verbosity": 0}, loaded(sink.train.rows), values["num_round"])
    held = loaded(sink.validation.rows)
    lines = [",".join(map(repr, np.atleast_1d(row).tolist())) for row in model.predict(held)]
    answers = read_answers(lines, told["objective"], told["num_class"])
    labels = held.get_label().tolist()
    assert no_better_than_a_guess(labels, answers, told["label"]["classes"]) is None
    if told["label"]["classes"]:
        predicted: list[Any] = predictions_of(answers, told["label"])
        right = [
            one["label"] == told["label"]["classes"][int(label)] for one, label in zip(predicted, labels, strict=True)
        ]
        assert sum(right) / len(right) > 0.7
