"""What there is to read when the demo does not go as it should: the functions' logs and the local cloud's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from examples.demo.screen import Screen
from local.server import Server

_LINES = 12
_PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


def show_logs(screen: Screen, server: Server, log: Path) -> None:
    try:
        logs = server.admin.client("logs", config=_PATIENCE)
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/ebb-")["logGroups"]:
            _show(screen, group["logGroupName"], _messages(logs, group["logGroupName"]))
    except (BotoCoreError, ClientError) as unreadable:
        screen.say(f"The functions' logs cannot be read: {unreadable}")
    if log.exists():
        _show(screen, "the local cloud", log.read_text(errors="replace").splitlines())


def _messages(logs: Any, group: str) -> list[str]:
    events = logs.filter_log_events(logGroupName=group)["events"]
    return [event["message"].rstrip() for event in sorted(events, key=lambda event: event["timestamp"])]


def _show(screen: Screen, name: str, lines: list[str]) -> None:
    screen.heading(f"The last lines of {name}")
    for line in lines[-_LINES:] or ["(nothing)"]:
        screen.console.print(f"  {line}", soft_wrap=True)
