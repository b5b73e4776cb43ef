"""A function that reads gigabytes lives within Lambda's limits, or ends as it would there."""

from __future__ import annotations

import json
from typing import Any

from tests.end_to_end.local_cloud.conftest import Account

WORKING = """
import time
def handler(event, context):
    time.sleep(event.get("seconds", 0))
    taken = len(bytearray(event.get("megabytes", 0) * 1024 * 1024))
    return {"taken": taken, "left": context.get_remaining_time_in_millis()}
"""


def invoke(account: Account, function: str, **event: int) -> Any:
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return json.load(answer["Payload"])


def test_a_function_ends_at_its_time_limit_and_knows_what_is_left(account: Account) -> None:
    function = account.function("slow", WORKING)
    account.client("lambda").update_function_configuration(FunctionName=function, Timeout=2)

    assert 1000 < invoke(account, function)["left"] <= 2000
    assert "Task timed out after 2.00 seconds" in invoke(account, function, seconds=30)["errorMessage"]
    assert invoke(account, function)["taken"] == 0, "the next one has a process of its own"


def test_the_memory_of_one_whole_processor_is_1769_megabytes(account: Account) -> None:
    function = account.function("large", WORKING)
    account.client("lambda").update_function_configuration(FunctionName=function, MemorySize=1769)

    assert invoke(account, function, megabytes=1600)["taken"] == 1600 * 1024 * 1024
    assert "Runtime exited with error: signal: killed" in invoke(account, function, megabytes=1850)["errorMessage"]
