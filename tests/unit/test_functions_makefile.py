"""`sam build` calls functions/Makefile, with whatever Python the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Stands for an interpreter of any age: what its pip is asked for is all that is looked at.
PIP = """#!/bin/sh
if [ "$1 $2 $3" = "-m pip install" ]; then
    echo "$@" > {log}
    while [ $# -gt 1 ]; do [ "$1" = --target ] && touch "$2/package.py"; shift; done
    exit 0
fi
exec {python} "$@"
"""


def test_packages_are_chosen_for_the_runtime_and_not_for_the_machine_that_builds(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(PIP.format(log=log, python=sys.executable))
    python.chmod(0o755)
    subprocess.run(
        ["make", "build-PredictFunction", f"PYTHON={python}"],
        cwd=tmp_path / "functions",
        env={"PATH": os.environ["PATH"], "ARTIFACTS_DIR": str(tmp_path / "artifacts")},
        check=True,
    )
    asked = log.read_text()
    assert "--python-version 3.13 " in asked
    assert "--platform any " in asked
    assert "--only-binary :all: " in asked
    assert "--require-hashes " in asked
    assert (tmp_path / "artifacts/package.py").exists()
    assert (tmp_path / "artifacts/predict.py").exists()
