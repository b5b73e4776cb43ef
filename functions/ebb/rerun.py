"""A corrected model.toml: the model's newest upload is tried again, if it was refused."""

from __future__ import annotations

from ebb.model_toml import VERSION
from ebb.names import ModelName
from ebb.run import Outcome, Run


def rerun(run: Run) -> Outcome:
    """What is under way is left alone: an upload that turns out refused looks at model.toml again by itself."""
    dataset = run.dataset()
    if dataset is None:
        return nothing_to_rerun(run.model, "its newest upload is yet to be judged")
    if dataset.content["verdict"] == "accepted" and run.record(dataset.content[VERSION]).has_job():
        return nothing_to_rerun(run.model, "its newest upload is accepted")
    return run.start()


def nothing_to_rerun(model: ModelName, reason: str) -> Outcome:
    return {"outcome": "nothing to run again", "model": model, "reason": reason}
