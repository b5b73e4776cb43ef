"""The `/opt/ml` folder of one training job or model, wherever it lies on this machine."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class MlFolder:
    """Paths and configuration files as SageMaker lays them out."""

    root: Path

    @property
    def model(self) -> Path:
        """Where training leaves its model and serving finds it."""
        return self.root / "model"

    @property
    def failure(self) -> Path:
        """Where a failed job says why."""
        return self.root / "output" / "failure"

    def channel(self, name: str) -> Path:
        """Return the folder with the files of one input channel."""
        return self.root / "input" / "data" / name

    def hyperparameters(self) -> dict[str, str]:
        """Return the hyperparameters as given, all of them strings."""
        given: dict[str, str] = self._config("hyperparameters")
        return given

    def channels(self) -> dict[str, dict[str, str]]:
        """Return the configuration of the input channels."""
        given: dict[str, dict[str, str]] = self._config("inputdataconfig")
        return given

    def hosts(self) -> list[str]:
        """Return the machines the job is to run on."""
        hosts: list[str] = self._config("resourceconfig")["hosts"]
        return hosts

    def has_checkpoints(self) -> bool:
        """Whether the job was given a place for checkpoints."""
        return (self._config_file("checkpointconfig")).exists() and bool(self._config("checkpointconfig"))

    def as_in_container(self, text: str) -> str:
        """Return a message with the paths that it would name inside the container."""
        return text.replace(str(self.root), "/opt/ml")

    def _config_file(self, name: str) -> Path:
        return self.root / "input" / "config" / f"{name}.json"

    def _config(self, name: str) -> Any:
        return json.loads(self._config_file(name).read_text(encoding="utf-8"))
