"""The model.toml that goes with a file on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from cli.check.local_files import regular_file, unreadable
from cli.outcome import CommandError, ExitCode
from cli.terminal.text import visible
from ebb.bucket.uploads import SETTINGS_NAME
from ebb.settings.model_settings import MAX_FILE_BYTES, ModelSettings, read_settings, text_of
from ebb.settings.training_and_endpoint import SettingsLimits
from ebb.settings.value_kinds import Column, ColumnKind

_POSITION = re.compile("-?[0-9]{1,4}")


@dataclass(frozen=True)
class SettingsFile:
    """`path`: None when every setting has its default. `origin`: where they are from, for people.

    `label`: of the command line, in place of theirs.
    """

    path: Path | None
    origin: str
    label: str | None = None

    @classmethod
    def of(cls, named: str | None, dataset: Path, label: str | None = None) -> Self:
        """The one that was named, or the one beside the dataset, or none."""
        also = "" if label is None else ", and --label"
        if named is not None:
            return cls(regular_file(named), f"{visible(named)}{also}", label)
        beside = dataset.parent / SETTINGS_NAME
        if beside.exists():
            return cls(regular_file(str(beside)), f"{SETTINGS_NAME}, beside the file{also}", label)
        return cls(None, f"the defaults; there is no {SETTINGS_NAME} beside the file{also}", label)

    def read(self, limits: SettingsLimits) -> ModelSettings:
        settings = read_settings(self._text(self.path) if self.path else "", limits)
        return settings if self.label is None else replace(settings, label=_column(self.label))

    def _text(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise unreadable(str(path), error) from error
        return text_of(content)


def _column(given: str) -> Column:
    """A position, if it can be one."""
    try:
        return ColumnKind().read(int(given) if _POSITION.fullmatch(given) else given)
    except ValueError as error:
        raise CommandError(ExitCode.USAGE, f"--label {visible(given)} {ColumnKind.rule}.") from error
