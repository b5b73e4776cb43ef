"""What the watching costs: CloudWatch is asked about an endpoint only when its own deadline has passed."""

import sys
from pathlib import Path

import pytest

from tests.simulation.month import BUSY, HABITS, Month, month, table

PAGE = Path(__file__).parents[2] / "docs/costs.md"
BEGIN, END = "<!-- metrics -->\n", "<!-- /metrics -->"
MOST = 2_000


def test_fifty_busy_endpoints_ask_for_few_metrics_in_a_month() -> None:
    busy = month(BUSY)
    sys.stdout.write(f"\n{table([busy])}")
    assert busy.metrics <= MOST
    assert busy.asleep == 0
    (row,) = table([busy]).splitlines()[2:]
    assert row in PAGE.read_text(), f"python -m tests.simulation.test_month writes it anew: {row}"


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_table_of_what_it_costs_is_true() -> None:
    assert table(all_months()) in PAGE.read_text()


def all_months() -> list[Month]:
    return [month(habit) for habit in HABITS]


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table(all_months())}{END}{rest.partition(END)[2]}")
