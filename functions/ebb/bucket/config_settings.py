"""The settings that an endpoint config was made with: of a run's first config the run's own, of a later one its own.

`<run>` goes by settings.json, `<run>-2` by settings-2.json, `<run>-od` by settings-od.json, all in the run's folder: so
each is proven by what it was made with, and can be made again after it was removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebb.bucket.run_folder import SETTINGS, Kept, RunFolder
from ebb.errors import WaitError
from ebb.names import run_of_config
from ebb.settings.model_settings import ModelSettings
from ebb.settings.training_and_endpoint import Endpoint

AWAITED = "apply_when_live"  # the version of a model.toml that was to be applied while nothing was live


def settings_name(config: str) -> str:
    suffix = config.removeprefix(run_of_config(config))
    return SETTINGS.replace(".json", f"{suffix}.json")


@dataclass(frozen=True)
class ConfigSettings:
    """`folder`: of the config's run."""

    folder: RunFolder
    config: str

    def find(self) -> Kept | None:
        """None for a config that has none of its own."""
        return self.folder.find(settings_name(self.config))

    def content(self) -> dict[str, Any]:
        """The run's, for a config that has none of its own."""
        return self._found(self.find())

    def settings(self) -> ModelSettings:
        return ModelSettings.from_json(self.content())

    def amend(self, **changes: Any) -> None:
        """What need not be proven first. None takes a fact away."""
        kept = self.find()
        content = self._found(kept)
        facts = {name: fact for name, fact in (content | changes).items() if fact is not None or name not in changes}
        if facts != content:
            self._write(facts, kept)

    def keep(self, content: dict[str, Any]) -> None:
        """Of a config that is about to be made: in place of what an attempt before it may have left."""
        kept = self.find()
        if kept is None or kept.content != content:
            self._write(content, kept)

    def _found(self, kept: Kept | None) -> dict[str, Any]:
        return kept.content if kept else self.folder.require(SETTINGS)

    def _write(self, content: dict[str, Any], over: Kept | None) -> None:
        if not self.folder.write(settings_name(self.config), content, over):
            raise WaitError(f"another attempt at the settings of {self.config} was quicker")


def in_words(before: Endpoint, now: Endpoint) -> str:
    """What is other than before: `4096 MB of memory, at most 5 calls at once`."""
    words = {
        "memory_mb": f"{now.memory_mb} MB of memory",
        "max_concurrency": f"at most {now.max_concurrency} call{'' if now.max_concurrency == 1 else 's'} at once",
        "provisioned_concurrency": f"provisioned concurrency {now.provisioned_concurrency or 'off'}",
        "environment": "another environment",
    }
    changed = [word for name, word in words.items() if getattr(before, name) != getattr(now, name)]
    return ", ".join(changed) or "the settings of its model.toml"
