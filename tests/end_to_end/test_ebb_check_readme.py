"""What the README shows of `ebb check` is what it prints."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from docs.generate import README
from local import programs
from local.stack import ROOT

SECTION = README.read_text().partition("\n## Check before you upload\n")[2].partition("\n## ")[0]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the README's reader stands."""
    programs.write()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def shell(command: str, place: Path) -> str:
    path = f"{programs.FOLDER}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=place,
        env={"PATH": path, "COLUMNS": "80", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=200,
    )
    return done.stdout


def test_each_command_prints_what_stands_below_it(place: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        for command, shown in re.findall(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            assert shell(command, place) == shown


def test_the_options_are_those_of_the_command(place: Path) -> None:
    named = set(re.findall(r"`(--[a-z-]+)", SECTION))
    known = set(re.findall(r"--[a-z-]+", shell("ebb check --help", place)))
    assert named
    assert named <= known
