"""What `make up` leaves for a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local.running import Running

NAMES = ("AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY", "EBB_STACK", "EBB_PREDICT_URL")


def sourced(text: str, folder: Path) -> list[str]:
    """The variables as a shell has them then, and its first place to look for programs."""
    file = folder / "env"
    file.write_text(text)
    asked = " ".join(f'"${name}"' for name in NAMES)
    script = f'. {file}; printf "%s\\n" {asked} "${{PATH%%:*}}"'
    done = subprocess.run(
        ["sh", "-c", script], env={"PATH": "/bin:/usr/bin"}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_shell_gets_all_that_it_needs_from_one_file(tmp_path: Path) -> None:
    url = "http://127.0.0.1:4567/_aws/lambda-url/abc/"

    found = sourced(Running(pid=1, port=4567, secret="it's $ecret").environment(url), tmp_path)

    assert found[:4] == ["http://127.0.0.1:4567", "it's $ecret", "ebb", url]
    assert found[4].endswith(".local/bin")


def test_a_stack_without_predictions_has_no_url_for_them(tmp_path: Path) -> None:
    assert sourced(Running(pid=1, port=4567, secret="s").environment(), tmp_path)[3] == ""
