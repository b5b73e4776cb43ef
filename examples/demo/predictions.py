"""Predictions for rows that the model has not seen, through plain boto3, and how long a call takes."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any

from examples.demo.screen import Screen
from examples.demo.tide import ENDPOINT, MODEL
from local.stack import Administrator

ROWS = 5
WARM_CALLS = 10
_SEXES = ("male", "female", "infant")


@dataclass(frozen=True)
class Call:
    """As a notebook's `%time` shows it."""

    cpu: float
    wall: float
    predictions: list[float]

    def __str__(self) -> str:
        return f"CPU {_milliseconds(self.cpu)}, wall {_milliseconds(self.wall)}"


@dataclass(frozen=True)
class Rows:
    """Rows that were held out, and what the model predicts for them."""

    held_out: list[str]
    predictions: list[float]

    @property
    def features(self) -> str:
        return "\n".join(row.partition(",")[2] for row in self.held_out)


def show_predictions(screen: Screen, admin: Administrator, bucket: str, run: str) -> Rows:
    rows = Rows(held_out_rows(admin.client("s3"), bucket, run), [])
    runtime = admin.client("sagemaker-runtime")
    cold = timed_call(runtime, rows.features)
    warm = [timed_call(runtime, rows.features) for _ in range(WARM_CALLS)]
    shown = [_cells(row, rings) for row, rings in zip(rows.held_out, cold.predictions, strict=True)]
    screen.table(("sex", "length", "weight", "true rings", "predicted rings"), shown)
    screen.blank()
    usual = Call(statistics.median(call.cpu for call in warm), statistics.median(call.wall for call in warm), [])
    screen.pairs([("cold call", str(cold)), ("warm call", f"{usual} (median of {WARM_CALLS})")])
    return Rows(rows.held_out, cold.predictions)


def show_same_predictions(screen: Screen, before: list[float], after: list[float]) -> None:
    """Every digit of them."""
    screen.table(
        ("before its sleep", "after it"), [(repr(old), repr(new)) for old, new in zip(before, after, strict=True)]
    )


def held_out_rows(s3: Any, bucket: str, run: str) -> list[str]:
    """Some lines of smoke.csv, which start_training held out and kept."""
    found = s3.get_object(Bucket=bucket, Key=f"runs/{MODEL}/{run}/smoke.csv")
    lines = found["Body"].read().decode().splitlines()
    return list(lines[:: len(lines) // ROWS][:ROWS])


def timed_call(runtime: Any, body: str) -> Call:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Accept="text/csv", Body=body)
    text = answer["Body"].read().decode()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Call(cpu, wall, [float(rings) for rings in text.replace(",", "\n").split()])


def _cells(row: str, predicted: float) -> tuple[str, ...]:
    """The file has lengths in mm / 200 and weights in g / 200."""
    rings, *cells = row.split(",")
    sex = _SEXES[cells.index("1")]
    return sex, f"{float(cells[3]) * 200:.0f} mm", f"{float(cells[6]) * 200:.0f} g", rings, f"{predicted:.1f}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.{1 if seconds < 0.01 else 0}f} ms"  # noqa: PLR2004
