from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.check.local_files import regular_file
from cli.outcome import CommandError, ExitCode


def refusal(given: str) -> tuple[ExitCode, str]:
    with pytest.raises(CommandError) as caught:
        regular_file(given)
    return caught.value.code, str(caught.value)


def test_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    assert regular_file(f"{tmp_path}/a.csv") == tmp_path / "a.csv"


@pytest.mark.parametrize("name", ["missing.csv", "missing/a.csv", "a.csv/b.csv"])
def test_what_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text("")
    assert refusal(f"{tmp_path}/{name}") == (ExitCode.NOT_FOUND, f"There is no file {tmp_path}/{name}.")


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)) == (ExitCode.NOT_FOUND, f"{tmp_path} is a directory; name a file in it.")


def test_a_pipe_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    code, said = refusal(f"{tmp_path}/pipe.csv")
    assert code is ExitCode.FAILED
    assert "save it as a file" in said


@pytest.fixture
def locked() -> Iterator[str]:
    """In a folder that everybody may enter; and root, who may read everything, is somebody else meanwhile."""
    me = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a.csv"
        path.touch(mode=0)
        if me == 0:
            os.seteuid(65534)
        yield str(path)
        os.seteuid(me)


def test_without_permission_it_says_so(locked: str) -> None:
    assert refusal(locked) == (ExitCode.FAILED, f"{locked} cannot be read: Permission denied.")


@pytest.mark.parametrize("name", ["a\0b.csv", "a" * 300 + ".csv"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    code, said = refusal(name)
    assert code is ExitCode.FAILED
    assert "cannot be read: " in said
