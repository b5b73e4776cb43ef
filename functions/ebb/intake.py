"""What an event below `datasets/` sets going: a run, a run anew, a refusal that belongs to no run, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.announcements import Announcement, announce
from ebb.clients import Clients
from ebb.environment import StartTrainingSettings
from ebb.errors import GoneError, RefusedError
from ebb.latest import Latest
from ebb.ledger import Ledger
from ebb.names import ModelName, Upload, endpoint_name, upload_digest
from ebb.newest import newest_upload
from ebb.problems import summary
from ebb.rerun import nothing_to_rerun, rerun
from ebb.run import Outcome, Run
from ebb.s3_source import S3Source
from ebb.uploads import is_ignored, model_of_key, model_of_settings


@dataclass(frozen=True)
class Intake:
    """`until`: when the function's time is over."""

    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    until: dt.datetime

    def take(self, upload: Upload) -> Outcome:
        """Work on one upload; the same upload twice ends the same way and says nothing twice."""
        if is_ignored(upload.key):
            return {"outcome": "ignored", "key": upload.key}
        try:
            if corrected := model_of_settings(upload.key):
                return self._take_settings(corrected)
            return self._run(upload, model_of_key(upload.key)).start()
        except RefusedError as refused:
            return self._refuse_without_run(upload, refused)
        except GoneError:
            return {"outcome": "gone", "key": upload.key, "version": upload.version_id}

    def _take_settings(self, model: ModelName) -> Outcome:
        newest = newest_upload(self.clients.s3, self.settings.bucket, model)
        try:
            return rerun(self._run(newest, model)) if newest else nothing_to_rerun(model, "there is no upload")
        except RefusedError:
            return nothing_to_rerun(model, "its newest upload cannot be read")

    def _run(self, upload: Upload, model: ModelName) -> Run:
        try:
            source = S3Source.find(self.clients.s3, upload, self.until)
        except RefusedError as refused:
            raise RefusedError(refused.problems, model) from refused
        return Run(self.clients, self.settings, self.now, model, source)

    def _refuse_without_run(self, upload: Upload, refused: RefusedError) -> Outcome:
        """No run, so no run folder either: the ledger remembers it for a week. It comes last: what it knows is said."""
        sentence, ledger = summary(refused.problems), Ledger(self.clients.dynamodb, self.settings.ledger_table)
        if ledger.refusal(upload_digest(upload)):
            return {"outcome": "already refused", "key": upload.key}
        problems = [problem.as_json() for problem in refused.problems]
        if refused.model:
            endpoint = endpoint_name(self.settings.prefix, refused.model)
            latest = Latest(refused.model, None, "refused", sentence, endpoint, problems)
            latest.write(self.clients.s3, self.settings.bucket, self.now)
        facts = {"problems": problems, "key": upload.key}
        said = Announcement("DatasetRefused", refused.model or "-", None, sentence, facts)
        announce(self.clients, self.settings.stack, said)
        ledger.record_refusal(upload_digest(upload), self.now, reason=sentence, key=upload.key)
        return {"outcome": "refused", "key": upload.key, "reason": sentence}
