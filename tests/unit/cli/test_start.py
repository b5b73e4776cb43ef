"""What a command does not need is not read: AWS's modules take longer than a check of a small file."""

from __future__ import annotations

import subprocess
import sys

from docs.generate import ROOT

PROGRAM = """
import sys
from cli.app import main
main(sys.argv[1:])
print([name for name in ("boto3", "botocore") if name in sys.modules])
"""


def read_for(*words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=200,
    )
    return ended.stdout.splitlines()[-1]


def test_a_check_reads_nothing_of_aws() -> None:
    assert read_for("check", "examples/abalone.csv") == "[]"


def test_a_command_that_asks_aws_does() -> None:
    assert read_for("retry", "--help") == "['boto3', 'botocore']"
