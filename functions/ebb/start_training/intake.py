"""What an event below `datasets/` sets going: a run, a run anew, a refusal that belongs to no run, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from ebb.announcements.refusals import tell_refusal
from ebb.announcements.training_events import dataset_refused
from ebb.bucket.uploads import is_ignored, model_of_key, model_of_settings, newest_upload, with_version
from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.errors import GoneError, WaitError
from ebb.messaging.consumer import Outcome
from ebb.messaging.messages import LOOK_DELAY_SECONDS, upload_created
from ebb.names import ModelName, Upload
from ebb.problems import RefusedError, summary
from ebb.start_training.rerun import ACCEPTED, ask_to_apply, nothing_to_rerun, rerun
from ebb.start_training.run import Run
from ebb.times import FOR_EVER

Work = Callable[[Run], Outcome]
_Context = Context[StartTrainingSettings]


def take(context: _Context, upload: Upload, until: dt.datetime, *, fresh: bool) -> Outcome:
    """Work on one upload; the same upload twice ends the same way and says nothing twice.

    `until`: when the function's time is over. `fresh`: the message has not waited yet.
    """
    return _work_on(context, upload, until, partial(Run.start, fresh=fresh), partial(rerun, fresh=fresh))


def give_up(context: _Context, upload: Upload, reason: str) -> Outcome:
    """It has waited for too long: the run that it would have started has failed, and can be tried again."""

    def fail(run: Run) -> Outcome:
        return run.give_up(reason)

    return _work_on(context, upload, FOR_EVER, fail, fail)


def _work_on(context: _Context, upload: Upload, until: dt.datetime, data: Work, settings: Work) -> Outcome:
    """`data`: for an upload's own run; `settings`: for the newest run, when the upload is a model.toml."""
    if is_ignored(upload.key):
        return {"outcome": "ignored", "key": upload.key}
    try:
        upload = with_version(context.clients.s3, upload)
        if corrected := model_of_settings(upload.key):
            return _work_on_newest(context, corrected, until, settings)
        return data(Run.of(context, upload, model_of_key(upload.key), until))
    except RefusedError as refused:
        return _refuse_without_run(context, upload, refused)
    except GoneError:
        return {"outcome": "gone", "key": upload.key, "version": upload.version_id}


def _work_on_newest(context: _Context, model: ModelName, until: dt.datetime, work: Work) -> Outcome:
    """What has to wait goes on as an upload of its own: by then another one may be the newest.

    But settings that the newest run is too old for wait themselves.
    """
    newest = newest_upload(context.clients.s3, context.settings.bucket, model)
    if newest is None:
        return nothing_to_rerun(model, "there is no upload")
    try:
        run = Run.of(context, newest, model, until)
        outcome = work(run)
    except WaitError as wait:
        context.queue(context.settings.intake_queue_url).send(upload_created(newest), LOOK_DELAY_SECONDS)
        return {"outcome": "goes on as an upload", "key": newest.key, "reason": str(wait)}
    except RefusedError:
        return nothing_to_rerun(model, "its newest upload cannot be read")
    return ask_to_apply(run, outcome) if outcome.get("reason") == ACCEPTED else outcome


def _refuse_without_run(context: _Context, upload: Upload, refused: RefusedError) -> Outcome:
    """No run, so no run folder either."""
    sentence, problems = summary(refused.problems), [problem.as_json() for problem in refused.problems]
    told = dataset_refused(refused.model, None, sentence, problems, key=upload.key)
    if not tell_refusal(context.outbox, upload, told, problems):
        return {"outcome": "already refused", "key": upload.key}
    return {"outcome": "refused", "key": upload.key, "reason": sentence}
