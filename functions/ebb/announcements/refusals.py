"""What is wrong and belongs to no run: told once, with its problems, and remembered for a week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.announcements.announcement import Announcement, announce
from ebb.announcements.latest import Latest
from ebb.aws.clients import Clients
from ebb.environment import FunctionSettings
from ebb.ledger.ledger import Ledger
from ebb.names import Upload, upload_digest


@dataclass(frozen=True)
class Refusals:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    def tell(self, upload: Upload, said: Announcement, latest: Latest | None) -> bool:
        """False when it was told before. The ledger comes last: what it knows is said."""
        ledger = Ledger(self.clients.dynamodb, self.settings.ledger_table)
        if ledger.refusal(upload_digest(upload)):
            return False
        if latest:
            latest.write(self.clients.s3, self.settings.bucket, self.now)
        announce(self.clients, self.settings.stack, said)
        ledger.record_refusal(upload_digest(upload), self.now, reason=said.sentence, key=upload.key)
        return True
