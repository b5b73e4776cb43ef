"""The steps between the states of a model's row in the ledger.

The tests that run the functions in process write down each step that they see, and fail at one that is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from ebb.ledger.endpoint_row import State


@dataclass(frozen=True)
class Step:
    before: State
    after: State
    when: str


STEPS = (
    Step(State.NONE, State.DEPLOYING, "the first run of a model is trained"),
    Step(State.DEPLOYING, State.LIVE, "its endpoint is proven; or the live run answers again after all"),
    Step(State.DEPLOYING, State.NONE, "the first run failed, or was held back"),
    Step(State.DEPLOYING, State.ASLEEP, "it slept before the change, which was held back or taken back"),
    Step(State.DEPLOYING, State.BROKEN, "the change failed, and so did taking it back; or SageMaker came to no end"),
    Step(State.LIVE, State.DEPLOYING, "a newer run, other settings, a downgrade, a person's roll-back"),
    Step(State.LIVE, State.ASLEEP, "nobody calls it, or a person asked; or somebody has deleted its endpoint"),
    Step(State.LIVE, State.WAKING, "somebody asks for it, and its endpoint is gone"),
    Step(State.ASLEEP, State.LIVE, "it is called, or kept, before its endpoint is gone"),
    Step(State.ASLEEP, State.WAKING, "somebody asks for it"),
    Step(State.ASLEEP, State.DEPLOYING, "a newer run is trained"),
    Step(State.WAKING, State.LIVE, "it is proven once more"),
    Step(State.WAKING, State.ASLEEP, "it cannot be woken now, and nothing of it is broken"),
    Step(State.WAKING, State.BROKEN, "it could not be created, or does not answer rightly"),
    Step(State.BROKEN, State.WAKING, "a person asks once more for a wake"),
    Step(State.BROKEN, State.DEPLOYING, "a person asks once more for a deployment, or a newer run is trained"),
)
