"""Where the acts take place: a terminal, a local cloud with the stack in it, and a tap on its event bus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from examples.demo.screen import Screen
from examples.demo.tap import Event, Tap
from examples.demo.tide import milestone_of
from examples.demo.timeline import Timeline
from local.server import Server

MINUTE = 60.0


@dataclass(frozen=True)
class Stage:
    screen: Screen
    server: Server
    tap: Tap
    bucket: str

    def client(self, service: str) -> Any:
        return self.server.admin.client(service)

    def look(self, timeline: Timeline) -> list[Event]:
        """What has come since the last look, or comes within a second; the timeline shows its part of it."""
        events = list(self.tap.events())
        for event in events:
            if milestone := milestone_of(event):
                timeline.happened(*milestone)
        return events

    @property
    def is_quiet(self) -> bool:
        """Whether no function is at work."""
        return not self.server.door("state")["functions_at_work"]
