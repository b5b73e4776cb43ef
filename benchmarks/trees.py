"""How quickly a model answers from its own artifact: `python -m benchmarks.trees`.

Ebb's trees in pure Python beside xgboost in one process, on one core, with models of Abalone. Every row's answer
has to be xgboost's own, to the bit; otherwise it stops. Of the `steps/s`, `ebb.trees.work` counts on a part.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "functions"))

from ebb.trees.answers import answers  # noqa: E402
from ebb.trees.model_file import read_model  # noqa: E402
from ebb.trees.work import STEPS_PER_SECOND, work  # noqa: E402

ROWS, REPEATS = 1_000, 7
ONE_ROW = 50  # times
PARSE_LIMIT, ROW_LIMIT = 4, 28  # milliseconds for each 100 kB, and microseconds for each row
IMPORTS = "import time; began = time.perf_counter(); import ebb.trees.{}; print(time.perf_counter() - began)"


@dataclass(frozen=True)
class Kind:
    """A model to train. `limited`: the one that the limits are for."""

    name: str
    rounds: int
    depth: int
    parameters: dict[str, Any]
    limited: bool = False


KINDS = (
    Kind("50 trees of depth 5", 50, 5, {"gamma": 4, "min_child_weight": 6, "subsample": 0.7, "eta": 0.2}, limited=True),
    Kind("500 trees of depth 8", 500, 8, {"gamma": 4, "min_child_weight": 6, "subsample": 0.7, "eta": 0.05}),
    Kind("the same, logistic", 50, 5, {"objective": "binary:logistic", "eta": 0.2}),
    Kind("26 classes, 20 rounds", 20, 6, {"objective": "multi:softprob", "num_class": 26, "eta": 0.2}),
    Kind("dart", 50, 5, {"booster": "dart", "rate_drop": 0.1, "min_child_weight": 6}),
)


@dataclass(frozen=True)
class Measured:
    """Seconds, but for `size` in bytes."""

    kind: Kind
    size: int
    parse: float
    row: float
    steps_per_second: float
    load: float
    single: float
    bulk: float

    def line(self) -> str:
        ours = f"{self.size / 1000:>8.0f} kB{self.parse * 1e3:>10.1f} ms{self.row * 1e6:>10.1f} us"
        theirs = f"{self.load * 1e3:>10.1f} ms{self.single * 1e6:>10.0f} us{self.bulk * 1e6:>10.2f} us"
        return f"{self.kind.name:24}{ours}{self.steps_per_second / 1e6:>8.1f} M{theirs}"

    def faults(self) -> Iterator[str]:
        if not self.kind.limited:
            return
        if (parse := self.parse * 1e3 / (self.size / 1e5)) > PARSE_LIMIT:
            yield f"{self.kind.name}: {parse:.1f} ms to parse 100 kB, and {PARSE_LIMIT} are allowed"
        if (row := self.row * 1e6) > ROW_LIMIT:
            yield f"{self.kind.name}: {row:.0f} us for a row, and {ROW_LIMIT} are allowed"


def abalone() -> tuple[np.ndarray, np.ndarray]:
    """Labels and rows."""
    table = np.loadtxt(ROOT / "examples" / "abalone.csv", delimiter=",", skiprows=0, dtype=np.float32)
    return table[:, 0], table[:, 1:]


def measured(kind: Kind) -> Measured:
    labels, rows = abalone()
    booster = xgboost.train(
        {"max_depth": kind.depth, "nthread": 1} | kind.parameters,
        xgboost.DMatrix(rows, _labels(kind, labels), nthread=1),
        kind.rounds,
    )
    data = bytes(booster.save_raw("ubj"))
    archive = _archive(data)
    model, sent = read_model(archive), rows[:ROWS].tolist()
    matrix, first = xgboost.DMatrix(rows[:ROWS], nthread=1), rows[:1]
    found = np.array(list(answers(model, sent)), np.float32)
    if found.tobytes() != booster.predict(matrix).tobytes():
        raise SystemExit(f"{kind.name}: the answers are not xgboost's")
    seconds = quickest(lambda: list(answers(model, sent)))
    return Measured(
        kind,
        size=len(data),
        parse=quickest(lambda: read_model(archive)),
        row=seconds / ROWS,
        steps_per_second=work(model, ROWS) / seconds,
        load=quickest(lambda: xgboost.Booster(model_file=bytearray(data))),
        single=quickest(lambda: [booster.predict(xgboost.DMatrix(first, nthread=1)) for _ in range(ONE_ROW)]) / ONE_ROW,
        bulk=quickest(lambda: booster.predict(xgboost.DMatrix(rows[:ROWS], nthread=1))) / ROWS,
    )


def quickest(job: Callable[[], object]) -> float:
    """Of a few times: what others do on the machine is not measured."""
    return min(_seconds(job) for _ in range(REPEATS))


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _labels(kind: Kind, labels: np.ndarray) -> np.ndarray:
    objective = kind.parameters.get("objective", "")
    if objective == "binary:logistic":
        return np.asarray(labels > statistics.median(labels.tolist()))
    if objective == "multi:softprob":
        return np.asarray(np.minimum(labels, kind.parameters["num_class"] - 1))
    return labels


def _archive(data: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def importing() -> float:
    """Of everything that answering needs, in a process of its own; with byte code, as the second time has it."""
    command = [sys.executable, "-c", IMPORTS.format("answers, ebb.trees.model_file, ebb.trees.work")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "functions")}
    runs = [
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True) for _ in range(REPEATS)
    ]
    return min(float(run.stdout) for run in runs)


def main() -> int:
    print(f"{'':24}{'Ebb, of one process':^46}{'xgboost, of one process':^35}")
    print(f"{'':24}{'file':>11}{'parse':>13}{'row':>13}{'steps/s':>10}{'load':>13}{'one row':>13}{'row of many':>13}")
    every = [measured(kind) for kind in KINDS]
    for each in every:
        print(each.line())
    print(f"import {importing() * 1e3:.0f} ms; ebb.trees.work counts on {STEPS_PER_SECOND / 1e6:.0f} M steps/s")
    faults = [fault for each in every for fault in each.faults()]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
