"""docs/predict.md says what the code does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ebb.datasets.cells import MISSING
from ebb.evaluation.inference import MAX_BYTES
from ebb.predict.errors import SECONDS_TO_RETRY, STATUSES, ErrorCode
from ebb.predict.http import LONGEST_WAIT, MAX_SENT
from tests.emulated.deployments import Deployments
from tests.emulated.predict.calls_of_predict import ROW, Caller, dataset_of

PAGE = (Path(__file__).parents[3] / "docs" / "predict.md").read_text()
MEGABYTE = 1024 * 1024


@pytest.fixture
def url(runs: Deployments) -> Iterator[str]:
    """A function URL of its own, which takes only what is signed for Lambda."""
    runs.was_live(1, dataset=dataset_of())
    caller = Caller(runs)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert "/eu-central-1/lambda/aws4_request" in self.headers["Authorization"]
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = caller.asks(self.path.lstrip("/"), body, **headers)
            self.send_response(answer.status)
            self.end_headers()
            self.wfile.write(answer.text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_example_predicts(url: str) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  (our own page)
    assert names["predict"](url, "abalone", [ROW]) == [5.1]
    with pytest.raises(RuntimeError, match="'many' in the column 'rooms' is not a number"):
        names["predict"](url, "abalone", [ROW | {"rooms": "many"}])


def test_every_code_is_in_the_table_with_its_status_and_when_to_come_back() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|.*?\| (\d*) ?\|$", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(
        (str(STATUSES[code].value), code.value, str(SECONDS_TO_RETRY.get(code, ""))) for code in ErrorCode
    )


def test_every_figure_is_the_codes() -> None:
    assert f"{LONGEST_WAIT} seconds at most" in PAGE
    assert f"At most {MAX_SENT // MEGABYTE} MB can be sent" in PAGE
    assert f"at most {MAX_BYTES // MEGABYTE} MB of encoded rows" in PAGE


def test_every_word_for_missing_is_named() -> None:
    (sentence,) = re.findall(r"an empty text, and (.*?), in any case, are missing", PAGE)
    assert {word.lower() for word in re.findall(r"`(.+?)`", sentence)} | {""} == MISSING


def test_the_examples_of_answers_are_json() -> None:
    for example in re.findall(r"`(\{\"(?:model|error)\".*?\})`", PAGE):
        assert json.loads(example)
