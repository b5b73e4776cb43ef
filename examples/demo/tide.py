"""What the events on the bus mean for the abalone's tide: a milestone with a note, or the end of the demo."""

from __future__ import annotations

from examples.demo.tap import Event

MODEL = "abalone"
ENDPOINT = "ebb-abalone"
KEY = "datasets/abalone/abalone.csv"

RISING = {
    "uploaded": "S3 tells the event bus",
    "checked": "start_training reads every row",
    "Starting": "start_training creates the job",
    "Downloading": "",
    "Training": "",
    "Uploading": "",
    "Completed": "",
    "Creating": "deploy_endpoint creates model, config and endpoint",
    "InService": "",
    "live": "confirm_endpoint asks it about rows that were held out",
}
EBBING = {
    "clock moved": "by 25 hours",
    "probed": "waits for a tick of the schedule",
    "margin passed": "",
    "Deleting": "waits for the tick after that",
    "asleep": "",
    "gone": "",
}
RETURNING = {
    "called": "",
    "waking": "predict asks for it, and holds on to the call",
    "Creating": "",
    "InService": "",
    "live": "confirm_endpoint asks it as it did at first",
    "answered": "predict finds it awake",
}
_OF_THE_TIDE = {
    "EndpointSleepsSoon": ("probed", "by tear_down_idle; announced as EndpointSleepsSoon"),
    "EndpointAsleep": ("asleep", "announced as EndpointAsleep"),
    "EndpointWaking": ("waking", "announced as EndpointWaking"),
}
_BAD_NEWS = ("DatasetRefused", "TrainingFailed", "ModelHeldBack", "EndpointBroken", "EndpointRolledBack")


class BadNewsError(Exception):
    """The stack announced that this upload did not become an endpoint; the message is its sentence."""


Milestone = tuple[str, str]


def milestone_of(event: Event) -> Milestone | None:
    """None for what the timeline does not show."""
    match event:
        case {"source": "aws.s3", "detail": {"object": {"key": str(key), "size": int(size)}}}:
            return ("uploaded", f"{key}, {size / 1000:.0f} kB") if key == KEY else None
        case {"detail-type": "SageMaker Training Job State Change", "detail": detail}:
            return _of_job(detail)
        case {"detail-type": "SageMaker Endpoint State Change", "detail": detail}:
            return _of_endpoint(detail)
        case {"source": "ebb", "detail-type": str(name), "detail": detail}:
            return _of_announcement(name, detail)
    return None


def _of_announcement(name: str, detail: Event) -> Milestone | None:
    if name in _BAD_NEWS:
        raise BadNewsError(f"{name}: {detail['sentence']}")
    if name == "EndpointLive":
        smoke = detail["smoke"]
        metric, measured, reported = smoke["metric"].partition(":")[2], smoke["measured"], smoke["reported"]
        return "live", f"{metric} {measured:.3f} on {smoke['rows']} held-out rows, as trained ({reported:.3f})"
    return _OF_THE_TIDE.get(name)


def _of_job(detail: Event) -> Milestone:
    status = detail["SecondaryStatus"]
    if detail["TrainingJobStatus"] in ("Failed", "Stopped"):
        raise BadNewsError(f"{detail['TrainingJobName']} {status}: {detail['FailureReason']}")
    instance, rounds = detail["ResourceConfig"]["InstanceType"], detail["HyperParameters"].get("num_round")
    notes = {
        "Starting": f"job {detail['TrainingJobName']}",
        "Downloading": " and ".join(f"{channel['ChannelName']}.csv" for channel in detail["InputDataConfig"]),
        "Training": f"xgboost, {rounds} rounds (in AWS on {instance})",
        "Uploading": "model.tar.gz",
        "Completed": "the bus tells deploy_endpoint",
    }
    return status, notes.get(status, "")


def _of_endpoint(detail: Event) -> Milestone | None:
    if detail["EndpointName"] != ENDPOINT:
        return None
    if detail["EndpointStatus"] == "FAILED":
        raise BadNewsError(f"endpoint {ENDPOINT} failed")
    milestones = {
        "CREATING": ("Creating", f"endpoint {ENDPOINT}, serverless"),
        "IN_SERVICE": ("InService", "no process runs until somebody calls it"),
        "DELETING": ("Deleting", "tear_down_idle, at a tick of its schedule"),
    }
    return milestones.get(detail["EndpointStatus"])
