"""What start_training makes of an upload, at a moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.messaging.consumer import Outcome
from ebb.names import Upload
from ebb.start_training import intake
from tests.emulated.stack import AFTER


@dataclass(frozen=True)
class Intake:
    """`until`: when the function's time is over. `fresh`: the message has not waited yet."""

    context: Context[StartTrainingSettings]
    until: dt.datetime = AFTER
    fresh: bool = False

    def take(self, upload: Upload) -> Outcome:
        return intake.take(self.context, upload, self.until, fresh=self.fresh)

    def give_up(self, upload: Upload, reason: str) -> Outcome:
        return intake.give_up(self.context, upload, reason)
