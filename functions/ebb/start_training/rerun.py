"""A corrected model.toml: the newest upload is tried again, if it was refused; else it is for the live run."""

from __future__ import annotations

from ebb.bucket.model_toml import VERSION, current_version
from ebb.errors import WaitError
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import APPLY, put_request
from ebb.names import ModelName, request_bus
from ebb.start_training.run import Run

ACCEPTED = "its newest upload is accepted"
_UNDECIDED = ("training", "candidate", "deploying")


def rerun(run: Run, *, fresh: bool) -> Outcome:
    """What is under way is left alone: an upload that turns out refused looks at model.toml again by itself."""
    dataset = run.dataset()
    if dataset is None:
        return nothing_to_rerun(run.model, "its newest upload is yet to be judged")
    if dataset.content["verdict"] == "accepted" and run.record(dataset.content[VERSION]).has_job():
        return nothing_to_rerun(run.model, ACCEPTED)
    return run.start(fresh=fresh)


def ask_to_apply(run: Run, outcome: Outcome) -> Outcome:
    """[idle] and [endpoint] need no training. WaitError while the run is on its way: it has the settings from before.

    Asked twice, nothing is applied twice.
    """
    context, dataset = run.context, run.dataset()
    version = current_version(context.clients.s3, context.settings.bucket, run.model)
    if dataset is None or version in (None, dataset.content[VERSION]):
        return outcome
    if context.ledger.run(run.model, run.id).get("stage") in _UNDECIDED:
        raise WaitError(f"{run.id}, which other settings of its endpoint are to hold for")
    bus = request_bus(context.settings.prefix)
    put_request(context.clients.events, bus, context.settings.stack, APPLY, run.model)
    return {"outcome": "asked to apply", "model": run.model, "newest": run.id}


def nothing_to_rerun(model: ModelName, reason: str) -> Outcome:
    return {"outcome": "nothing to run again", "model": model, "reason": reason}
