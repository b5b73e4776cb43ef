"""The commands that need a stack find it by its name, or say why not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cli.app import main
from tests.emulated.cloudformation import CloudFormation
from tests.emulated.described import described
from tests.emulated.stack import Stack

HOW = "Name it with --stack or EBB_STACK, and its region with AWS_DEFAULT_REGION."
COMMANDS = [("redrive",), ("retry", "abalone"), ("status",), ("uninstall", "--yes"), ("wake", "abalone")]


@pytest.fixture(autouse=True)
def cloudformation(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    with described(stack, monkeypatch) as known:
        yield known


@pytest.mark.parametrize(
    ("option", "variable", "name"),
    [((), None, "ebb"), ((), "", "ebb"), ((), "sea", "sea"), (("--stack", "lake"), "sea", "lake")],
)
def test_the_stack_is_the_one_of_the_option_of_the_variable_or_ebb(
    cloudformation: CloudFormation,
    option: tuple[str, ...],
    variable: str | None,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloudformation.stacks = {name: cloudformation.stacks["ebb"]}
    if variable is not None:
        monkeypatch.setenv("EBB_STACK", variable)
    assert main(["redrive", *option, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stack"] == name


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_stack_it_is_told_how_to_name_one(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--stack", "nosuch"]) == 3
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"ebb {command[0]}: There is no stack nosuch in eu-central-1. {HOW}\n")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "There are no AWS credentials."),
        (("AWS_DEFAULT_REGION",), "No region is named."),
    ],
)
def test_without_credentials_or_region_it_is_told_what_to_set(
    command: tuple[str, ...],
    missing: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in (*missing, "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main([*command, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["message"].startswith(said)


def test_an_output_that_is_missing_is_named(cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]) -> None:
    cloudformation.stacks = {"ebb": {"Something": "else"}}
    assert main(["retry", "abalone"]) == 1
    assert "The stack ebb has no output DataBucketName: it is none of Ebb's, not dep" in capsys.readouterr().err
