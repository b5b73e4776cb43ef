"""What a stack allows, without asking one: the template's parameters as options, with the template's defaults."""

from __future__ import annotations

import argparse

from ebb.settings.training_and_endpoint import SettingsLimits

MAX_DATASET_GB = 5
_USUAL = SettingsLimits()
_TITLE = "parameters of your stack, where they are not the template's defaults"


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_TITLE)

    def add(option: str, default: str | int, metavar: str, parameter: str) -> None:
        kind = str if isinstance(default, str) else _whole
        said = f"{parameter}: {default}".replace("%", "%%")
        group.add_argument(option, type=kind, default=default, metavar=metavar, help=said)

    add("--max-gb", MAX_DATASET_GB, "N", "MaxDatasetGB")
    add("--xgboost-version", _USUAL.image_version, "TAG", "XGBoostVersion")
    add("--instance-types", _USUAL.allowed_instance_types, "LIST", "AllowedInstanceTypes")
    add("--max-training-minutes", _USUAL.max_training_minutes, "N", "MaxTrainingMinutes")
    add("--max-provisioned-concurrency", _USUAL.max_provisioned_concurrency, "N", "MaxProvisionedConcurrency")


def limits(given: argparse.Namespace) -> SettingsLimits:
    return SettingsLimits(
        allowed_instance_types=given.instance_types,
        max_training_minutes=given.max_training_minutes,
        max_provisioned_concurrency=given.max_provisioned_concurrency,
        image_version=given.xgboost_version,
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)
