"""`ebb check` of a file that takes a while."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import programs
from local.stack import ROOT
from tests.end_to_end.terminal import Terminal

EBB = programs.FOLDER / "ebb"
NUMBERS = b"".join(b"%d.25,%d,-0.%d\n" % (at % 29, at, at * 7919) for at in range(200_000))
WORDS = b"".join(b"%d.25,%s\n" % (at % 29, (b"low", b"high")[at % 2]) for at in range(200_000))

PEAK = """
import sys
from cli.app import main
assert main(["check", sys.argv[1], "--json"]) == 0
(peak,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=sys.stderr)
"""


@pytest.fixture(scope="module", autouse=True)
def ebb() -> None:
    programs.write()


def written(path: Path, text: bytes, times: int) -> Path:
    path.write_bytes(text * times)
    return path


def peak_memory(path: Path) -> int:
    """In MB. What wait4 tells would not do: it counts the memory of the parent that the process was made from."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, path], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    return int(done.stderr) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = written(tmp_path / "small.csv", NUMBERS, 1), written(tmp_path / "large.csv", NUMBERS, 8)
    assert peak_memory(large) < peak_memory(small) + 8


def test_a_terminal_shows_how_far_it_is_and_when_it_begins_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "words.csv", WORDS, 8)
    with Terminal([EBB, "check", path, "--label", "0"], NO_COLOR="1") as terminal:
        assert terminal.finish() == 0
    lines = terminal.text.split("\r")
    known = re.compile(r"reading again +\d+%  [\d.]+ of [\d.]+ MB  \d+ MB/s  \d:\d\d left  █*░*\x1b\[K")
    assert any(map(known.fullmatch, lines))
    assert "\r\x1b[K✓ accepted  words.csv" in terminal.text


@pytest.mark.soak
@pytest.mark.parametrize("words", [["--no-progress"], ["--json"]])
def test_the_bar_can_be_left_out(tmp_path: Path, words: list[str]) -> None:
    shown = Terminal.run([EBB, "check", written(tmp_path / "words.csv", WORDS, 8), "--label", "0", *words]).text
    assert "reading" not in shown
    assert "accepted" in shown


def test_losing_patience_leaves_a_clean_line_and_no_traceback(tmp_path: Path) -> None:
    with Terminal([EBB, "check", written(tmp_path / "words.csv", WORDS, 40), "--label", "0"]) as terminal:
        terminal.wait_for("reading")
        terminal.interrupt()
        assert terminal.finish() == 130
    assert terminal.text.endswith("\r\x1b[K")
    assert "Traceback" not in terminal.text
