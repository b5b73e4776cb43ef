"""The model.toml that goes with a file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cli.check.local_files import regular_file, unreadable
from cli.terminal.text import visible
from ebb.bucket.uploads import SETTINGS_NAME
from ebb.settings.model_settings import MAX_FILE_BYTES, ModelSettings, read_settings, text_of
from ebb.settings.training_and_endpoint import SettingsLimits


@dataclass(frozen=True)
class SettingsFile:
    """`path`: None when every setting has its default. `origin`: where they are from, for people."""

    path: Path | None
    origin: str

    @classmethod
    def of(cls, named: str | None, dataset: Path) -> Self:
        """The one that was named, or the one beside the dataset, or none."""
        if named is not None:
            return cls(regular_file(named), visible(named))
        beside = dataset.parent / SETTINGS_NAME
        if beside.exists():
            return cls(regular_file(str(beside)), f"{SETTINGS_NAME}, beside the file")
        return cls(None, f"the defaults; there is no {SETTINGS_NAME} beside the file")

    def read(self, limits: SettingsLimits) -> ModelSettings:
        return read_settings(self._text(self.path) if self.path else "", limits)

    def _text(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise unreadable(str(path), error) from error
        return text_of(content)
