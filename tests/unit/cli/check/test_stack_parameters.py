"""The command's defaults are the template's."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
import yaml

from cli.check import stack_parameters
from docs.generate import ROOT, _TemplateLoader


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    template = yaml.load((ROOT / "template.yaml").read_text(), _TemplateLoader)  # noqa: S506
    return {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    stack_parameters.add_options(parser)
    return parser.parse_args(words)


def test_defaults_are_the_templates(defaults: dict[str, Any]) -> None:
    limits = stack_parameters.limits(parsed())
    assert parsed().max_gb == defaults["MaxDatasetGB"]
    assert limits.allowed_instance_types == defaults["AllowedInstanceTypes"]
    assert limits.max_training_minutes == int(defaults["MaxTrainingMinutes"])
    assert limits.max_provisioned_concurrency == defaults["MaxProvisionedConcurrency"]
    assert limits.image_version == defaults["XGBoostVersion"]


def test_every_option_names_the_parameter_it_stands_for(defaults: dict[str, Any]) -> None:
    parser = argparse.ArgumentParser()
    stack_parameters.add_options(parser)
    named = [str(action.help).partition(":")[0] for action in parser._actions[1:]]
    assert len(named) == 5
    assert set(named) <= set(defaults)


def test_another_stack_has_other_limits() -> None:
    words = "--max-gb 20 --xgboost-version 1.7-1 --instance-types ml.p3.* --max-training-minutes 7200"
    given = parsed(*words.split(), "--max-provisioned-concurrency", "9")
    limits = stack_parameters.limits(given)
    assert (given.max_gb, limits.max_training_minutes, limits.max_provisioned_concurrency) == (20, 7200, 9)
    assert (limits.image_version, limits.allowed_instance_types) == ("1.7-1", "ml.p3.*")


@pytest.mark.parametrize("wrong", ["-1", "1.5", "five", "", "٣"])
def test_a_limit_that_is_no_whole_number_is_wrong_usage(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(f"--max-gb={wrong}")
    assert ended.value.code == 2
    assert "--max-gb" in capsys.readouterr().err
