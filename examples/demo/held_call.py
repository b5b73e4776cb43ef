"""A call of the predict URL that is held until the endpoint is awake."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPException

from examples.demo.tide import MODEL
from local import stack
from local.signed_request import Answer, send
from local.stack import Administrator

WAIT_SECONDS = 60


class UnansweredError(Exception):
    """The predict URL gave no predictions; the message is what it said."""


class HeldCall(threading.Thread):
    """In a thread, so that what it sets off can be watched. A daemon: nothing waits for it when the demo is stopped."""

    def __init__(self, admin: Administrator, rows: str) -> None:
        super().__init__(name="predict", daemon=True)
        self._admin, self._rows = admin, rows
        self._answer: Answer | None = None
        self._lost: Exception | None = None
        self.seconds = 0.0

    def run(self) -> None:
        headers = {"Content-Type": "text/csv", "Prefer": f"wait={WAIT_SECONDS}"}
        began = time.monotonic()
        try:
            url = f"{stack.predict_url(self._admin)}models/{MODEL}/predictions"
            self._answer = send(self._admin, "POST", url, self._rows.encode(), headers)
        except (OSError, HTTPException) as lost:
            self._lost = lost
        self.seconds = time.monotonic() - began

    @property
    def predictions(self) -> list[float] | None:
        """None until it is answered."""
        if self._lost:
            raise UnansweredError(f"The predict URL cannot be asked: {self._lost}")
        if self._answer is None:
            return None
        if self._answer.status != 200:  # noqa: PLR2004  (HTTP)
            raise UnansweredError(f"The predict URL answered {self._answer.status}: {self._answer.body.decode()[:500]}")
        return list(map(float, json.loads(self._answer.body)["predictions"]))
