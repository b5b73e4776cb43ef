"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob, DeleteTrainingJob."""

from __future__ import annotations

import time

from local.sagemaker import events, listing, training_request
from local.sagemaker.authorization import arn_of
from local.sagemaker.background import later
from local.sagemaker.errors import InUse, Invalid
from local.sagemaker.quotas import must_have_room_for_job
from local.sagemaker.state import Cloud, Record, World, shown
from local.sagemaker.training_run import TrainingRun, enter

JOB = "job "  # begins the name of a thread in which a job runs
_NOT_FOUND = "Requested resource not found."
_TERMINAL = ("Completed", "Failed", "Stopped")


def create(cloud: Cloud, world: World, request: Record) -> Record:
    name = request["TrainingJobName"]
    arn = arn_of(world, "training-job", name)
    training_request.must_be_possible(request)
    with world.lock:
        _must_be_new(world, name, arn)
    training_request.must_find_its_data(cloud, world, request)
    with world.lock:
        _must_be_new(world, name, arn)
        job = training_request.accepted(request, arn)
        must_have_room_for_job(cloud, world, job)
        world.add_tags(arn, request.get("Tags", []))
        world.jobs[name] = job
    events.training_job_changed(cloud, world, job)
    later(f"{JOB}{name}", TrainingRun(cloud, world, job).run)
    return {"TrainingJobArn": arn}


def _must_be_new(world: World, name: str, arn: str) -> None:
    """A name is taken until DeleteTrainingJob, however the job ended."""
    if name in world.jobs:
        raise InUse(
            f"Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"
        )


def describe(cloud: Cloud, world: World, request: Record) -> Record:
    with world.lock:
        job = shown(_existing(world, request))
    if time.time() - job.get("TrainingEndTime", 0) < cloud.misbehaviour.get("final_metrics_delay", 0):
        job.pop("FinalMetricDataList", None)
    return job


def list_jobs(cloud: Cloud, world: World, request: Record) -> Record:
    """The status filter comes after the page was cut, so a page may be empty and still have a next one."""
    if "WarmPoolStatusEquals" in request or "TrainingPlanArnEquals" in request:
        return {"TrainingJobSummaries": []}  # no job here has a warm pool or a training plan
    wanted = request.get("StatusEquals")
    with world.lock:
        jobs, token = listing.page(
            world.jobs.values(), request, name="TrainingJobName", default_order="Ascending", summary=_summary
        )
    found = [job for job in jobs if wanted in (None, job["TrainingJobStatus"])]
    return listing.answer("TrainingJobSummaries", found, token)


def _summary(job: Record) -> Record:
    members = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime")
    return {name: job[name] for name in (*members, "TrainingJobStatus", "SecondaryStatus") if name in job}


def stop(cloud: Cloud, world: World, request: Record) -> Record:
    """Stopping until the algorithm has ended, then Stopped."""
    with world.lock:
        job = _existing(world, request)
        if job["TrainingJobStatus"] not in ("InProgress", "Stopping"):
            raise Invalid(f"The request was rejected because the training job is in status {job['TrainingJobStatus']}.")
        if job["TrainingJobStatus"] == "Stopping":
            return {}
        job["TrainingJobStatus"] = "Stopping"
        enter(job, "Stopping", "Stopping the training job")
    events.training_job_changed(cloud, world, job)
    return {}


def delete(cloud: Cloud, world: World, request: Record) -> Record:
    """Only in a terminal state. Deleting for a while; then the name is free."""
    with world.lock:
        job = _existing(world, request)
        if job["TrainingJobStatus"] not in _TERMINAL:
            raise InUse(f"Cannot delete a training job in status {job['TrainingJobStatus']} ({job['TrainingJobArn']})")
        job |= {"TrainingJobStatus": "Deleting", "LastModifiedTime": time.time()}
    events.training_job_changed(cloud, world, job)
    later(f"deletion of {job['TrainingJobName']}", _finish_deletion, cloud, world, job)
    return {}


def _finish_deletion(cloud: Cloud, world: World, job: Record) -> None:
    if cloud.wait(cloud.settings.delete_seconds):
        with world.lock:
            del world.jobs[job["TrainingJobName"]]
            world.tags.pop(job["TrainingJobArn"], None)


def _existing(world: World, request: Record) -> Record:
    job = world.jobs.get(request["TrainingJobName"])
    if job is None:
        raise Invalid(_NOT_FOUND)
    return job
