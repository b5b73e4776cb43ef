"""The local cloud that `make up` left running: where it is, and how to reach it."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local import programs, stack
from local.settings import Settings
from local.stack import NAME, ROOT, Administrator

FOLDER = ROOT / ".local"
RECORD = FOLDER / "cloud.json"
LOG = FOLDER / "cloud.log"
ENVIRONMENT = FOLDER / "env"


@dataclass(frozen=True)
class Running:
    pid: int
    port: int
    secret: str

    @classmethod
    def find(cls) -> Self | None:
        """None when nothing was started, or what was started is gone."""
        try:
            found = cls(**json.loads(RECORD.read_text()))
            command = Path(f"/proc/{found.pid}/cmdline").read_bytes() if Path("/proc").is_dir() else b"local"
            os.kill(found.pid, 0)
        except (OSError, ValueError, TypeError):
            return None
        # A process id is used again: after a restart of the machine it may be a stranger's.
        return found if b"local" in command else None

    @property
    def admin(self) -> Administrator:
        return Administrator(Settings(port=self.port, secret=self.secret))

    def write(self) -> None:
        """As soon as it runs, so that it can be stopped whatever becomes of the deployment."""
        FOLDER.mkdir(exist_ok=True)
        _write_secret(RECORD, json.dumps({"pid": self.pid, "port": self.port, "secret": self.secret}))
        programs.write()
        _write_secret(ENVIRONMENT, self.environment())

    def write_deployed(self) -> None:
        """With what only the deployed stack knows."""
        _write_secret(ENVIRONMENT, self.environment(stack.predict_url(self.admin)))

    def environment(self, predict_url: str | None = None) -> str:
        """What a shell reads to reach it."""
        exports = {**self.admin.variables, "EBB_STACK": NAME}
        if predict_url:
            exports["EBB_PREDICT_URL"] = predict_url
        lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
        lines.append(f"export PATH={shlex.quote(str(programs.FOLDER))}:$PATH")
        return "\n".join(lines) + "\n"


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def forget() -> None:
    for left in (RECORD, ENVIRONMENT):
        left.unlink(missing_ok=True)
