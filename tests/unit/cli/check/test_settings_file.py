from __future__ import annotations

from pathlib import Path

import pytest

from cli.check.settings_file import SettingsFile
from cli.outcome import CommandError
from ebb.problems import RefusedError
from ebb.settings.model_settings import MAX_FILE_BYTES, ModelSettings
from ebb.settings.training_and_endpoint import SettingsLimits

LIMITS = SettingsLimits()


def written(folder: Path, content: bytes) -> str:
    (folder / "model.toml").write_bytes(content)
    return str(folder / "model.toml")


def test_without_a_file_every_setting_has_its_default(tmp_path: Path) -> None:
    found = SettingsFile.of(None, tmp_path / "a.csv")
    assert found.read(LIMITS) == ModelSettings()
    assert found.origin == "the defaults; there is no model.toml beside the file"


def test_the_one_beside_the_file_is_found_from_anywhere(tmp_path: Path) -> None:
    written(tmp_path, b"label = 3")
    found = SettingsFile.of(None, tmp_path / "a.csv")
    assert (found.read(LIMITS).label, found.origin) == (3, "model.toml, beside the file")


def test_the_one_that_is_named_wins(tmp_path: Path) -> None:
    written(tmp_path, b"label = 3")
    (tmp_path / "other\x1b.toml").write_bytes(b"\xef\xbb\xbflabel = 4")
    found = SettingsFile.of(f"{tmp_path}/other\x1b.toml", tmp_path / "a.csv")
    assert (found.read(LIMITS).label, found.origin) == (4, f"{tmp_path}/other\\x1b.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"label = 3\n# \xff", "model.toml holds the byte 0xFF, which is not UTF-8."),
        (b"#" * (MAX_FILE_BYTES + 1), "model.toml has more than 65,536 bytes, which is the limit."),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    found = SettingsFile.of(written(tmp_path, content), tmp_path / "a.csv")
    with pytest.raises(RefusedError) as refused:
        found.read(LIMITS)
    assert [problem.problem for problem in refused.value.problems] == [said]


def test_a_file_that_goes_away_is_told(tmp_path: Path) -> None:
    found = SettingsFile.of(written(tmp_path, b""), tmp_path / "a.csv")
    Path(tmp_path / "model.toml").unlink()
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        found.read(LIMITS)
