"""What the watching costs: CloudWatch is asked about an endpoint only when its own deadline has passed."""

import sys
from pathlib import Path

import pytest

from tests.simulation.month import BUSY, HABITS, Month, month, table

PAGE = Path(__file__).parents[2] / "docs/costs.md"
BEGIN, END = "<!-- metrics -->\n", "<!-- /metrics -->"
MOST = 2_000


def test_fifty_busy_endpoints_ask_for_few_metrics() -> None:
    """The first days of the month, in proportion."""
    busy = month(BUSY, days=6)
    sys.stdout.write(f"\n{table([busy])}")
    assert 0 < busy.metrics <= MOST * 6 / 30
    assert busy.asleep == 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_table_of_what_it_costs_is_true() -> None:
    months = all_months()
    assert months[0].metrics <= MOST
    assert table(months) in PAGE.read_text(), "python -m tests.simulation.test_month writes it anew"


def all_months() -> list[Month]:
    return [month(habit) for habit in HABITS]


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table(all_months())}{END}{rest.partition(END)[2]}")
