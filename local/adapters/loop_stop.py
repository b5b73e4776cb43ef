"""Lambda stops a message that went round the same function 16 times, unless the function has `RecursiveLoop: Allow`.

What a function calls carries how often each function was invoked in this chain; SQS keeps it with the message, as AWS
does in the trace header. ministack counts direct invocations only, and CloudFormation drops `RecursiveLoop` in it.
"""

from __future__ import annotations

import contextvars
import json
import logging
import time
import zlib
from typing import Any

from ministack.services import cloudwatch, lambda_svc, sqs
from ministack.services.cloudformation import provisioners

from local.adapters.replacing import replace

MAX_ROUNDS = lambda_svc.MAX_INVOKE_DEPTH
_LINEAGE = "lineage"
_arriving: contextvars.ContextVar[str] = contextvars.ContextVar("arriving_lineage", default="")
_log = logging.getLogger(__name__)
Rounds = dict[str, int]


def install() -> None:
    replace(sqs, "handle_request", _remember_lineage)
    replace(sqs, "_build_send_sys_attrs", _keep_lineage)
    replace(lambda_svc, "_run_sqs_batch", _stopping_loops)
    replace(lambda_svc, "_inbound_invoke_depth", lambda _: _deepest)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    for name in ("create", "update"):
        handlers[name] = _with_recursive_loop(handlers[name], properties=1 if name == "create" else 2)


def _remember_lineage(handle: Any) -> Any:
    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        _arriving.set(headers.get(lambda_svc._INVOKE_DEPTH_HEADER, ""))
        return await handle(method, path, headers, body, query)

    return handle_request


def _keep_lineage(build: Any) -> Any:
    def build_send_sys_attrs(now: float, given: dict[str, Any]) -> dict[str, Any]:
        lineage = _arriving.get()
        return {**build(now, given), **({_LINEAGE: lineage} if lineage else {})}

    return build_send_sys_attrs


def _stopping_loops(run: Any) -> Any:
    def run_sqs_batch(esm: Any, function: Any, event: Any, batch: list[Any], url: str, name: str) -> None:
        key = _key(esm["FunctionName"])
        loops = [message for message in batch if _rounds(message).get(key, 0) >= MAX_ROUNDS]
        if loops and (lambda_svc._functions.get(esm["FunctionName"]) or {}).get("recursive_loop") != "Allow":
            stopped = {message["id"] for message in loops}
            _stop(esm["FunctionName"], url, stopped)
            batch = [message for message in batch if message["id"] not in stopped]
            event = {"Records": [record for record in event["Records"] if record["messageId"] not in stopped]}
        if batch:
            lambda_svc._invoke_depth.set(_text(_after_another_round(batch, key)))
            run(esm, function, event, batch, url, name)

    return run_sqs_batch


def _stop(function: str, url: str, ids: set[str]) -> None:
    """Out of the queue, and into its dead-letter queue if it has one."""
    cloudwatch.record_metric("AWS/Lambda", "RecursiveInvocationsDropped", len(ids), "Count", {"FunctionName": function})
    _log.warning("%s was invoked %d times in one chain through %s: stopped", function, MAX_ROUNDS, url)
    with sqs._queues_lock:
        queue = sqs._get_q(url)
        stopped = [message for message in queue["messages"] if message["id"] in ids]
        queue["messages"] = [message for message in queue["messages"] if message["id"] not in ids]
        policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
        dead_letters = sqs._queue_by_arn(policy.get("deadLetterTargetArn", ""))
        for message in stopped if dead_letters else ():
            known = {**message["sys"], "DeadLetterQueueSourceArn": queue["attributes"]["QueueArn"]}
            known.pop(_LINEAGE, None)
            at = {"receipt_handle": None, "visible_at": time.time()}
            dead_letters["messages"].append({**message, **at, "sys": known})


def _after_another_round(batch: list[Any], key: str) -> Rounds:
    rounds: Rounds = {}
    for message in batch:
        for name, count in _rounds(message).items():
            rounds[name] = max(count, rounds.get(name, 0))
    rounds[key] = rounds.get(key, 0) + 1
    return rounds


def _key(function: str) -> str:
    return f"{zlib.crc32(function.encode()):08x}"


def _rounds(message: dict[str, Any]) -> Rounds:
    return _parsed(message.get("sys", {}).get(_LINEAGE, ""))


def _parsed(text: str) -> Rounds:
    """`a1b2c3d4:3|…`, or the plain number of direct invocations."""
    if text.isdigit():
        return {"invoked": int(text)}
    pairs = [part.partition(":") for part in text.split("|")]
    return {name: int(count) for name, _, count in pairs if count.isdigit()}


def _text(rounds: Rounds) -> str:
    return "|".join(f"{name}:{count}" for name, count in rounds.items())


def _deepest(headers: dict[str, str]) -> int:
    return max(_parsed(headers.get(lambda_svc._INVOKE_DEPTH_HEADER, "")).values(), default=0)


def _with_recursive_loop(provision: Any, properties: int) -> Any:
    def provisioned(*arguments: Any) -> Any:
        name, attributes = provision(*arguments)
        if function := lambda_svc._functions.get(name):
            function["recursive_loop"] = arguments[properties].get("RecursiveLoop", "Terminate")
        return name, attributes

    return provisioned
