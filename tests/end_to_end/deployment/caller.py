"""Somebody who calls an endpoint all the time, with nothing but boto3's defaults."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Self

from tests.end_to_end.deployment.trained_models import ASKED
from tests.end_to_end.tide import Tide, eventually

PAUSE_SECONDS = 0.2


@dataclass
class Caller:
    """`heard`: variant and answers of each call, in order."""

    tide: Tide
    model: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(60)

    def hears(self, more: int = 3) -> None:
        """Until it has been answered some times more."""
        already = len(self.heard)
        eventually(lambda: self.errors or len(self.heard) >= already + more, f"{more} answers")

    def _call(self) -> None:
        runtime: Any = self.tide.cloud.admin.client("sagemaker-runtime")
        while not self._stopped.wait(PAUSE_SECONDS):
            try:
                answer = runtime.invoke_endpoint(
                    EndpointName=f"ebb-{self.model}", Body=ASKED, ContentType="text/csv", Accept="text/csv"
                )
                self.heard.append((answer["InvokedProductionVariant"], answer["Body"].read().decode()))
            except Exception as error:  # noqa: BLE001  (whatever a caller would see)
                self.errors.append(error)
