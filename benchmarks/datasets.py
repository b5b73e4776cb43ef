"""How quickly a data set is checked, split and written: `python -m benchmarks.datasets`.

Ebb beside Polars, DuckDB, pandas, pyarrow and `cat`: the same work on the same files, each in a process of its own on
one core, in turns. How to read the tables, and what each contender does: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.contenders import (
    ALL,
    EBB,
    OTHERS,
    PEERS,
    ROOT,
    Contender,
    Wrong,
    disagreements,
    idle,
    on_one_core,
    refusal,
    run,
)
from benchmarks.dataset_files import FOLDER, KINDS, Kind, faulty_files
from benchmarks.race import MEGABYTE, Race

SIZES = {"short": 500, "long": 500, "gaps": 100, "general": 100}
MEMORY = 64 * MEGABYTE  # over the idle process, whatever the size of the file
MEMORY_SIZES, FIVE_GB = (5, 50, 500), 5000
NOTE = "* writes numbers in another text than the file's (1.50 becomes 1.5)"


def race(kind: Kind, megabytes: int, rounds: int, contenders: Iterable[Contender]) -> Race:
    """Everyone in turn, and again: A B C, A B C."""
    path = made(kind, megabytes)
    running = Race(kind, path.stat().st_size)
    for _ in range(rounds):
        for contender in contenders:
            ended = run(contender, kind, path)
            print(f"{kind.name} {contender.name}: {ended.busy:.2f} s", file=sys.stderr)
            running.runs.setdefault(contender, []).append(ended)
        latest = {who.name: runs[-1].facts for who, runs in running.runs.items() if who.peer}
        for fault in disagreements(latest):
            raise Wrong(fault)
    return running


def made(kind: Kind, megabytes: int) -> Path:
    """The file, made by another process: this one's own memory counts as its children's."""
    made_by = [sys.executable, "-m", "benchmarks.dataset_files", kind.name, str(megabytes)]
    return Path(subprocess.run(made_by, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())


def memory(sizes: Iterable[int]) -> tuple[list[str], list[str]]:
    """Ebb's peak over the idle process, from small files to large ones: lines to print, and faults."""
    kind = KINDS["short"]
    nothing = idle(kind)
    lines = [f"\nmemory: Ebb's peak over a process that only imported it ({nothing / MEGABYTE:.0f} MB)"]
    faults = []
    for size in sizes:
        path = made(kind, size)
        try:
            over = run(EBB, kind, path).peak - nothing
        finally:
            if size == FIVE_GB:
                path.unlink()
        lines.append(f"{size:>8} MB{over / MEGABYTE:>10.1f} MB of {MEMORY / MEGABYTE:.0f}")
        if over > MEMORY:
            faults.append(f"memory: {over / MEGABYTE:.0f} MB over idle for a file of {size} MB")
    return lines, faults


def refusals(contenders: Iterable[Contender]) -> Iterator[str]:
    """Who finds which fault in an otherwise clean file."""
    kind = KINDS["short"]
    files = faulty_files(kind)
    yield f"\nfaults that are found in {kind.name}"
    yield f"{'':20}" + "".join(f"{name:>14}" for name in files)
    for contender in contenders:
        if contender.peer:
            found = [refusal(contender, kind, path) for path in files.values()]
            yield f"{contender.name:20}" + "".join(f"{'found' if why else '-':>14}" for why in found)


def sizes(*, five_gb: bool) -> list[int]:
    """The large file and what is written of it have to fit on the disk twice over."""
    wanted = 2.2 * FIVE_GB * MEGABYTE
    FOLDER.mkdir(parents=True, exist_ok=True)
    if five_gb and (free := shutil.disk_usage(FOLDER).free) < wanted:
        raise SystemExit(f"--five-gb needs {wanted / 1e9:.0f} GB below {FOLDER}; {free / 1e9:.0f} GB are free")
    return [*MEMORY_SIZES, FIVE_GB] if five_gb else list(MEMORY_SIZES)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.datasets", description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--megabytes", type=int, help="size of each file; default: 500 for short and long, else 100")
    parser.add_argument("--rounds", type=int, default=3)
    others = [contender.peer for contender in OTHERS]
    parser.add_argument("--others", nargs="*", choices=others, default=others, metavar="NAME", help=", ".join(others))
    parser.add_argument("--five-gb", action="store_true", help="measure memory on a file of 5 GB, too")
    asked = parser.parse_args()
    if not PEERS.exists():
        raise SystemExit(f"{PEERS} is missing, the environment of the others; `make bench` installs it")
    measured = sizes(five_gb=asked.five_gb)
    on_one_core()
    contenders = [each for each in ALL if each not in OTHERS or each.peer in asked.others]
    races = [race(KINDS[name], asked.megabytes or SIZES[name], asked.rounds, contenders) for name in asked.kinds]
    flat, faults = memory(measured)
    faults = [*(fault for each in races for fault in each.faults()), *faults]
    shown = [*(line for each in races for line in each.lines()), NOTE, *refusals(contenders), *flat, *faults]
    print("\n".join(shown))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
