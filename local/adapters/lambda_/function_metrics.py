"""`AWS/Lambda` metrics for every invocation: ministack records direct ones only, not those from SQS or Scheduler."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import lambda_svc

from local.adapters.replacing import replace


def install() -> None:
    record = lambda_svc._emit_lambda_metrics
    replace(lambda_svc, "_emit_lambda_metrics", _throttles_only)
    replace(lambda_svc, "_execute_function_dispatch", lambda execute: _recorded(execute, record))


def _throttles_only(record: Any) -> Any:
    def record_throttle(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:  # noqa: FBT001
        if throttle:
            record(function_name, duration_ms, error, throttle)

    return record_throttle


def _recorded(execute: Any, record: Any) -> Any:
    def execute_and_record(func: Any, config: dict[str, Any], *args: Any, **named: Any) -> Any:
        began = time.monotonic()
        result = execute(func, config, *args, **named)
        failed = bool(result.get("error")) if isinstance(result, dict) else False
        record(config["FunctionName"], (time.monotonic() - began) * 1000, failed, False)
        return result

    return execute_and_record
