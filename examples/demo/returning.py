"""The tide comes back: one call wakes the endpoint, and is answered as before."""

from __future__ import annotations

from examples.demo.deadline import deadline
from examples.demo.held_call import WAIT_SECONDS, HeldCall
from examples.demo.predictions import Rows, show_same_predictions
from examples.demo.stage import MINUTE, Stage
from examples.demo.tide import ENDPOINT, MODEL, RETURNING
from examples.demo.timeline import Timeline


def tide_comes_back(stage: Stage, rows: Rows) -> None:
    stage.screen.heading("The tide comes back")
    stage.screen.command(f"ebb predict {MODEL} rows.csv --wait {WAIT_SECONDS}")
    stage.screen.blank()
    stage.screen.say(
        "The same rows once more, by one signed request to the function URL of predict. "
        "It wakes the endpoint from what was kept; nothing is trained again."
    )
    stage.screen.blank()
    call = HeldCall(stage.server.admin, rows.features)
    with Timeline(stage.screen, RETURNING) as timeline, deadline(MINUTE, f"predict wakes {ENDPOINT}"):
        call.start()
        timeline.happened("called", f"held for at most {WAIT_SECONDS} s")
        while not timeline.complete:
            stage.look(timeline)
            if call.predictions and timeline.awaited == "answered":
                timeline.happened("answered", f"after {call.seconds:.1f} s")
    stage.screen.blank()
    show_same_predictions(stage.screen, rows.predictions, call.predictions or [])
