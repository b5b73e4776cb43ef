"""What an event below `datasets/` sets going: a run, a run anew, a refusal that belongs to no run, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from ebb.announcements.announcement import Announcement
from ebb.announcements.latest import Latest
from ebb.announcements.refusals import Refusals
from ebb.aws.clients import Clients
from ebb.bucket.uploads import is_ignored, model_of_key, model_of_settings, newest_upload
from ebb.environment import StartTrainingSettings
from ebb.errors import GoneError, WaitError
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.names import ModelName, Upload, endpoint_name
from ebb.problems import RefusedError, summary
from ebb.start_training.rerun import ACCEPTED, ask_to_apply, nothing_to_rerun, rerun
from ebb.start_training.run import Outcome, Run
from ebb.start_training.upload_source import S3Source

Work = Callable[[Run], Outcome]


@dataclass(frozen=True)
class Intake:
    """`until`: when the function's time is over. `fresh`: the message has not waited yet."""

    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    until: dt.datetime
    fresh: bool = False

    def take(self, upload: Upload) -> Outcome:
        """Work on one upload; the same upload twice ends the same way and says nothing twice."""
        return self._work_on(upload, Run.start, rerun)

    def give_up(self, upload: Upload, reason: str) -> Outcome:
        """It has waited for too long: the run that it would have started has failed, and can be tried again."""

        def fail(run: Run) -> Outcome:
            return run.give_up(reason)

        return self._work_on(upload, fail, fail)

    def _work_on(self, upload: Upload, data: Work, settings: Work) -> Outcome:
        """`data`: for an upload's own run; `settings`: for the newest run, when the upload is a model.toml."""
        if is_ignored(upload.key):
            return {"outcome": "ignored", "key": upload.key}
        try:
            if corrected := model_of_settings(upload.key):
                return self._work_on_newest(corrected, settings)
            return data(self._run(upload, model_of_key(upload.key)))
        except RefusedError as refused:
            return self._refuse_without_run(upload, refused)
        except GoneError:
            return {"outcome": "gone", "key": upload.key, "version": upload.version_id}

    def _work_on_newest(self, model: ModelName, work: Work) -> Outcome:
        """What has to wait goes on as an upload of its own: by then another one may be the newest.

        But settings that the newest run is too old for wait themselves.
        """
        newest = newest_upload(self.clients.s3, self.settings.bucket, model)
        if newest is None:
            return nothing_to_rerun(model, "there is no upload")
        try:
            run = self._run(newest, model)
            outcome = work(run)
        except WaitError as wait:
            queue = Letterbox(self.clients.sqs, self.settings.intake_queue_url)
            queue.send(messages.uploaded(newest), messages.LOOK_DELAY_SECONDS)
            return {"outcome": "goes on as an upload", "key": newest.key, "reason": str(wait)}
        except RefusedError:
            return nothing_to_rerun(model, "its newest upload cannot be read")
        return ask_to_apply(run, outcome) if outcome.get("reason") == ACCEPTED else outcome

    def _run(self, upload: Upload, model: ModelName) -> Run:
        try:
            source = S3Source.find(self.clients.s3, upload, self.until)
        except RefusedError as refused:
            raise RefusedError(refused.problems, model) from refused
        return Run(self.clients, self.settings, self.now, model, source, self.fresh)

    def _refuse_without_run(self, upload: Upload, refused: RefusedError) -> Outcome:
        """No run, so no run folder either."""
        sentence, problems = summary(refused.problems), [problem.as_json() for problem in refused.problems]
        facts, latest = {"problems": problems, "key": upload.key}, None
        if refused.model:
            endpoint = endpoint_name(self.settings.prefix, refused.model)
            latest = Latest(refused.model, None, "refused", sentence, endpoint, problems)
        said = Announcement("DatasetRefused", refused.model or "-", None, sentence, facts)
        if not Refusals(self.clients, self.settings, self.now).tell(upload, said, latest):
            return {"outcome": "already refused", "key": upload.key}
        return {"outcome": "refused", "key": upload.key, "reason": sentence}
