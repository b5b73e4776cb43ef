"""From a training job that ended to the model's endpoint, or to the sentence that says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, announce
from ebb.clients import Clients
from ebb.deployment import Decision, EndpointState, config_request, decide, is_newer, model_request
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError, is_already_there, is_in_progress, is_passing
from ebb.incoming import TrainingEnded
from ebb.latest import Latest
from ebb.ledger import Ledger
from ebb.names import ModelName, RunId, endpoint_name, model_of_run, run_folder
from ebb.run_folder import RunFolder
from ebb.settings.model_settings import ModelSettings
from ebb.training import tags
from ebb.training_log import failure_sentence, last_lines

LOG_DELAY = dt.timedelta(seconds=60)
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Deploying:
    clients: Clients
    settings: DeployEndpointSettings
    now: dt.datetime

    def work_on(self, ended: TrainingEnded) -> Outcome:
        """WaitError when the endpoint is not free; running it twice, or half and then again, ends the same way."""
        model = model_of_run(self.settings.prefix, ended.job)
        if model is None or not self._is_ours(ended.arn):
            return {"outcome": "not ours", "job": ended.job}
        job: dict[str, Any] = dict(self.clients.sagemaker.describe_training_job(TrainingJobName=ended.job))
        deployment = Deployment(self, model, RunId(ended.job), job)
        if job["TrainingJobStatus"] == "Completed":
            return deployment.deploy()
        if job["TrainingJobStatus"] in ("Failed", "Stopped"):
            return deployment.report_failure()
        raise WaitError(f"{ended.job} is said to have ended, but is still {job['TrainingJobStatus']}")

    def _is_ours(self, arn: str) -> bool:
        """DescribeTrainingJob shows no tags."""
        found = self.clients.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        return {"Key": "ebb:stack", "Value": self.settings.stack} in found

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)


@dataclass(frozen=True)
class Deployment:
    """One finished run on its way to the model's endpoint."""

    room: Deploying
    model: ModelName
    run: RunId
    job: dict[str, Any]

    @property
    def endpoint(self) -> str:
        return endpoint_name(self.room.settings.prefix, self.model)

    def deploy(self) -> Outcome:
        known = self.room.ledger.endpoint(self.model)
        wanted = known.get("wanted", "")
        if is_newer(wanted, self.run):
            return self._superseded(wanted)
        if (wanted, known.get("state")) == (self.run, "asleep"):  # a late second event must not wake it
            return {"outcome": "asleep", "run": self.run, "endpoint": self.endpoint}
        folder = RunFolder(self.room.clients.s3, self.room.settings.bucket, run_folder(self.model, self.run))
        settings = ModelSettings.from_json(folder.require("settings.json"))
        dataset = folder.require("dataset.json")
        our_tags = tags(self.room.settings.stack, self.model, self.run)
        sagemaker, role = self.room.clients.sagemaker, self.room.settings.serving_role_arn
        model = model_request(self.run, self.job, role, our_tags, settings.endpoint.environment)
        self._unless_there(lambda: sagemaker.create_model(**model))
        config = config_request(self.run, settings.endpoint, dataset["encoding"], our_tags)
        self._unless_there(lambda: sagemaker.create_endpoint_config(**config))
        return self._bring_into_service()

    def _bring_into_service(self) -> Outcome:
        """Create first: an endpoint that is not there cannot be described with permissions that go by its tags."""
        self.room.ledger.record_endpoint(self.model, "deploying", self.room.now, wanted=self.run)
        our_tags = tags(self.room.settings.stack, self.model, self.run)[:2]
        sagemaker = self.room.clients.sagemaker
        created = self._unless_there(
            lambda: sagemaker.create_endpoint(
                EndpointName=self.endpoint,
                EndpointConfigName=self.run,
                Tags=our_tags,  # type: ignore[arg-type]
            )
        )
        if created:
            return self._under_way("created")
        state = EndpointState.of(dict(sagemaker.describe_endpoint(EndpointName=self.endpoint)))
        return self._change(state)

    def _change(self, state: EndpointState) -> Outcome:
        decision = decide(self.run, state)
        sagemaker = self.room.clients.sagemaker
        if decision is Decision.DONE:
            if self.room.ledger.run(self.model, self.run).get("stage") != "deploying":
                return self._under_way("created")  # an earlier attempt ended before it could say so
            return {"outcome": "already there", "run": self.run, "endpoint": self.endpoint}
        if decision is Decision.SUPERSEDED:
            # The ledger had lost the newer run, so it was told to want this one: heal it from the endpoint.
            newer = state.pending or state.config
            self.room.ledger.record_endpoint(self.model, "deploying", self.room.now, wanted=newer)
            return self._superseded(newer)
        if decision is Decision.UPDATE:
            self._or_wait(lambda: sagemaker.update_endpoint(EndpointName=self.endpoint, EndpointConfigName=self.run))
            return self._under_way("updated")
        if decision is Decision.REPLACE_FAILED:
            self._or_wait(lambda: sagemaker.delete_endpoint(EndpointName=self.endpoint))
        raise WaitError(f"{self.endpoint} is {state.status}")

    def _under_way(self, how: str) -> Outcome:
        sentence = f"{self.run} is trained. Its endpoint {self.endpoint} is being {how}."
        self._record("deploying", sentence)
        return {"outcome": how, "run": self.run, "endpoint": self.endpoint, "metrics": self._metrics()}

    def _superseded(self, newer: str) -> Outcome:
        now = self.room.now
        self.room.ledger.record_run(self.model, self.run, "superseded", now, reason=f"{newer} is newer")
        return {"outcome": "superseded", "run": self.run, "by": newer}

    def report_failure(self) -> Outcome:
        if self.room.ledger.run(self.model, self.run).get("stage") == "failed":
            return {"outcome": "already reported", "run": self.run}
        lines = last_lines(self.room.clients.logs, self.run)
        if not lines and self.room.now - self.job["TrainingEndTime"] < LOG_DELAY:
            raise WaitError(f"the log of {self.run} is not there yet")
        if self.job["SecondaryStatus"] == "MaxRuntimeExceeded":
            reason = "it ran into its time limit; raise [training] max_runtime_minutes in model.toml"
        elif self.job["TrainingJobStatus"] == "Stopped":
            reason = "it was stopped"
        else:
            reason = failure_sentence(lines, self.job.get("FailureReason", ""))
        sentence = f"Training {self.run} failed: {reason}. Nothing was deployed."
        said = Announcement("TrainingFailed", self.model, self.run, sentence, {"reason": reason})
        announce(self.room.clients, self.room.settings.stack, said)
        self._record("failed", sentence, reason=reason)
        return {"outcome": "training failed", "run": self.run, "reason": reason}

    def _metrics(self) -> dict[str, float]:
        return {metric["MetricName"]: metric["Value"] for metric in self.job.get("FinalMetricDataList", [])}

    def _record(self, stage: str, sentence: str, **facts: str) -> None:
        room = self.room
        room.ledger.record_run(self.model, self.run, stage, room.now, **facts)
        latest = Latest(self.model, self.run, stage, sentence, self.endpoint)
        latest.write(room.clients.s3, room.settings.bucket, room.now)

    def _unless_there(self, create: Callable[[], object]) -> bool:
        """Whether it was created now. What is there already was made by an earlier attempt: names are the run's."""
        try:
            create()
        except ClientError as error:
            if is_already_there(error):
                return False
            if is_passing(error):
                raise WaitError(str(error)) from error
            raise
        return True

    def _or_wait(self, change: Callable[[], object]) -> None:
        try:
            change()
        except ClientError as error:
            if is_in_progress(error) or is_passing(error):
                raise WaitError(str(error)) from error
            raise
