"""A function dies at its memory size, and has no more than its ephemeral storage; ministack enforces neither.

The memory limit is set in the process itself (local/function_site); here its death gets Lambda's words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.adapters.replacing import replace

_MEGABYTE = 1024 * 1024
_OUT_OF_MEMORY = "MemoryError"
_DEAD = "Worker process died"


def install() -> None:
    replace(lambda_runtime.Worker, "invoke", _within_limits)
    replace(lambda_svc, "_update_config", _in_new_processes)


def _within_limits(invoke: Any) -> Any:
    def invoke_within_limits(worker: Any, event: Any, request_id: str, **named: Any) -> Any:
        result = invoke(worker, event, request_id, **named)
        if result.get("status") == "error" and _was_killed(result):
            result["error"] = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        elif _is_full(worker):
            worker._proc.kill()
            result = {**result, "status": "error", "error": "[Errno 28] No space left on device"}
        return result

    return invoke_within_limits


def _in_new_processes(update: Any) -> Any:
    """Another size of storage needs another execution environment, as another size of memory does."""

    def update_config(name: str, data: dict[str, Any], *rest: Any) -> Any:
        answer = update(name, data, *rest)
        if "EphemeralStorage" in data:
            lambda_runtime.invalidate_worker(name, qualifier="$LATEST")
        return answer

    return update_config


def _was_killed(result: dict[str, Any]) -> bool:
    last_line = str(result.get("trace", "")).strip().rpartition("\n")[2]
    return result.get("error") == _DEAD or last_line.startswith(_OUT_OF_MEMORY)


def _is_full(worker: Any) -> bool:
    """What the invocation left in its folder of temporary files; the process is then of no use any more."""
    if worker._proc is None or not worker._tmpdir:
        return False
    files = (file for file in (Path(worker._tmpdir) / "tmp").rglob("*") if file.is_file() and not file.is_symlink())
    allowed = int((worker.config.get("EphemeralStorage") or {}).get("Size", 512))
    return sum(file.stat().st_size for file in files) > allowed * _MEGABYTE
