"""The fake SageMaker behind HTTP, for clients that the program under test makes itself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tests.emulated.fake_sagemaker import FakeSageMaker

if TYPE_CHECKING:
    import pytest


@contextmanager
def served(sagemaker: FakeSageMaker, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is being deleted is listed as that once more, and then is gone."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            with lock:
                status, answer = _answer(sagemaker, operation, asked)
            body = json.dumps(answer, default=_epoch).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield
        server.shutdown()
        thread.join()


def _answer(sagemaker: FakeSageMaker, operation: str, asked: dict[str, Any]) -> tuple[int, Any]:
    try:
        if operation == "StopTrainingJob":
            sagemaker.jobs[asked["TrainingJobName"]]["TrainingJobStatus"] = "Stopping"
            return 200, {}
        answer = getattr(sagemaker, xform_name(operation))(**asked)
    except ClientError as error:
        told = error.response["Error"]
        return 400, {"__type": told["Code"], "message": told["Message"]}
    if operation == "ListEndpoints":
        for name, endpoint in list(sagemaker.endpoints.items()):
            if endpoint["EndpointStatus"] == "Deleting":
                sagemaker.settle(name)
    return 200, answer or {}


def _epoch(value: object) -> float:
    assert isinstance(value, dt.datetime)
    return value.timestamp()
