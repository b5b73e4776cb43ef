"""What every command has."""

from __future__ import annotations

import pkgutil
import shlex
from importlib import import_module

import pytest

from cli import commands
from cli.app import main

COMMANDS = [module.name for module in pkgutil.iter_modules(commands.__path__)]


def test_they_are_these() -> None:
    names = "apply check delete keep predict redrive retry rollback sleep status uninstall wake"
    assert " ".join(COMMANDS) == names


@pytest.mark.parametrize("command", COMMANDS)
def test_its_first_line_fits_the_list_and_it_has_examples_of_its_own(command: str) -> None:
    module = import_module(f"{commands.__name__}.{command}")
    first = (module.__doc__ or "").splitlines()[0]
    assert first.endswith(".")
    assert module.EXAMPLES
    assert all(f"ebb {command}" in example for example in module.EXAMPLES)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_help_is_no_wider_than_the_screen(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    assert main([command, "--help"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 90


@pytest.mark.parametrize("command", COMMANDS)
def test_its_examples_are_words_of_a_shell(command: str) -> None:
    module = import_module(f"{commands.__name__}.{command}")
    assert all(shlex.split(example, comments=True) for example in module.EXAMPLES)
