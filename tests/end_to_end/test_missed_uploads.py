"""What no event ever told is found by the tick, and sent on, with IAM enforced: SQS knows no action for batches."""

from __future__ import annotations

from tests.end_to_end.passing_time import eventually_moved
from tests.end_to_end.tide import ABALONE, Tide


def test_an_upload_that_nobody_was_told_of_is_trained_all_the_same(tide: Tide) -> None:
    events = tide.cloud.admin.client("events")
    (rule,) = [rule["Name"] for rule in events.list_rules()["Rules"] if "IntakeRule" in rule["Name"]]
    events.disable_rule(Name=rule)
    try:
        version = tide.upload("missed-upload", ABALONE.read_bytes())
    finally:
        events.enable_rule(Name=rule)
    run = tide.run("missed-upload", version)

    eventually_moved(tide.cloud, lambda: tide.jobs("missed-upload") == [run], "its one job", step=1800)
