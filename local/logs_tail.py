"""`aws logs tail`: AWS CLI 2 has it, the one from PyPI, which serves the local cloud, has not."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import re
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

POLL_SECONDS = 1.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def main(words: list[str]) -> int:
    arguments = argparse.ArgumentParser(prog="aws logs tail", description=__doc__)
    arguments.add_argument("group_name")
    arguments.add_argument("--since", default="10m", type=_since, help="30s, 10m, 8h, 1d, 1w, or an ISO 8601 time")
    arguments.add_argument("--follow", action="store_true", help="go on with what is written from now on")
    arguments.add_argument("--format", default="detailed", choices=("detailed", "short", "json"))
    arguments.add_argument("--filter-pattern", default="")
    given = arguments.parse_args(words)
    try:
        for event in _events(boto3.client("logs"), given):
            print(_line(event, given.format), flush=True)
    except ClientError as error:
        print(f"\n{error}", file=sys.stderr)
        return 254  # as the AWS CLI ends when AWS refuses
    except KeyboardInterrupt:
        return 130
    return 0


def _since(text: str) -> dt.datetime:
    span = re.fullmatch(r"(\d+)([smhdw])", text)
    if span:
        return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=int(span[1]) * _UNITS[span[2]])
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"neither a time nor a span such as 10m: {text!r}") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _events(logs: CloudWatchLogsClient, given: argparse.Namespace) -> Iterator[Any]:
    """Each once, oldest first."""
    start, seen = int(given.since.timestamp() * 1000), set[str]()
    asked = {"filterPattern": given.filter_pattern} if given.filter_pattern else {}
    while True:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=given.group_name, startTime=start, **asked
        )
        found = [event for page in pages for event in page["events"] if event["eventId"] not in seen]
        for event in sorted(found, key=lambda event: event["timestamp"]):
            seen.add(event["eventId"])
            yield event
        if not given.follow:
            return
        time.sleep(POLL_SECONDS)


def _line(event: Any, form: str) -> str:
    at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
    message = event["message"].rstrip("\n")
    if form == "short":
        return f"{at:%Y-%m-%dT%H:%M:%S} {message}"
    if form == "json":
        with contextlib.suppress(ValueError):  # not every line is JSON
            message = json.dumps(json.loads(message), indent=4)
    return f"{at.isoformat(timespec='microseconds')} {event['logStreamName']} {message}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
