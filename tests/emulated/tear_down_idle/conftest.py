"""What the tick is told by template.yaml, and ticks at moments that a test chooses."""

import datetime as dt
from collections.abc import Callable

import pytest

from ebb.environment import TearDownIdleSettings
from tests.emulated.stack import BUCKET, JOURNAL, TABLE, Stack
from tests.emulated.tear_down_idle import whole_tick
from tests.emulated.tear_down_idle.reconciliation import Reconciliation


@pytest.fixture
def tear_down_settings(stack: Stack) -> TearDownIdleSettings:
    return TearDownIdleSettings(
        stack="ebb",
        prefix="ebb",
        bucket=BUCKET,
        ledger_table=TABLE,
        intake_queue_url=stack.intake_queue,
        deploy_queue_url=stack.deploy_queue,
        confirm_queue_url=stack.confirm_queue,
        idle_after_minutes=60,
        idle_margin_minutes=10,
        tear_down_mode="enforce",
        purge_after_days=30,
        max_tear_downs_per_run=10,
        max_tear_down_percent=100,
        journal_log_group=JOURNAL,
        image_patches_until="3.2-0=2027-05-13,3.0-5=2026-11-17",
    )


@pytest.fixture
def place(stack: Stack, behind: Callable[..., None]) -> Callable[..., None]:
    """An endpoint that is old enough to be put to sleep, unless its age is given."""
    return whole_tick.placing(stack, behind)


@pytest.fixture
def tick(stack: Stack, tear_down_settings: TearDownIdleSettings) -> whole_tick.WholeTick:
    return whole_tick.WholeTick(stack, tear_down_settings)


@pytest.fixture
def reconciliation(stack: Stack, tear_down_settings: TearDownIdleSettings) -> Reconciliation:
    """An hour from now, so that nothing of the test itself is too young."""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    return Reconciliation(stack, tear_down_settings, later)
