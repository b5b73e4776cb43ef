"""`ebb predict`: rows as they are, signed, in as many requests as they need; errors as sentences."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cli.app import main
from tests.emulated.predict import predict_server
from tests.emulated.predict.predict_server import Asked, PredictServer
from tests.emulated.stack import REGION

Answer = tuple[int, dict[str, str], bytes]
CONTENT = "sex,length\nM,0.5\nF,0.25\n"


def answered(asked: Asked) -> Answer:
    """A number for each row: which one it is, by its last cell."""
    if asked.headers["content-type"] == "text/csv":
        values = [line.rpartition(",")[2] for line in asked.body.decode().splitlines()[1:]]
    else:
        values = [str(row["length"]) for row in json.loads(asked.body)["rows"]]
    if asked.headers["accept"] == "text/csv":
        return 200, {}, "".join(f"{value}\n" for value in values).encode()
    document = {"model": "abalone", "run": "r1", "predictions": [float(value) for value in values]}
    return 200, {}, json.dumps(document).encode()


def refusal(status: int, message: str = "It is so.", **more: Any) -> Answer:
    error = {"code": "c", "message": message, "row": None, "column": None} | more
    return status, {"Retry-After": "0"}, json.dumps({"error": error}).encode()


@pytest.fixture
def server(credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PredictServer]:
    with predict_server.running(answered) as server:
        monkeypatch.setenv("EBB_PREDICT_URL", server.address.rstrip("/"))
        yield server


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., str]:
    def write(content: str = CONTENT, name: str = "rows.csv") -> str:
        (tmp_path / name).write_text(content)
        return str(tmp_path / name)

    return write


def test_the_answers_are_a_line_per_row(
    server: PredictServer, rows: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "abalone", rows()]) == 0
    assert capsys.readouterr() == ("0.5\n0.25\n", "")
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/models/abalone/predictions", CONTENT.encode())
    assert (asked.headers["content-type"], asked.headers["accept"]) == ("text/csv", "text/csv")
    assert asked.headers["prefer"] in ("wait=120", "wait=119")


def test_the_request_is_signed_for_lambda(server: PredictServer, rows: Callable[..., str]) -> None:
    assert main(["predict", "abalone", rows()]) == 0
    (asked,) = server.asked
    signed = asked.headers["authorization"]
    assert f"/{REGION}/lambda/aws4_request" in signed
    request = AWSRequest("POST", f"{server.address}models/abalone/predictions", {}, asked.body)
    names = signed.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    for name in names:
        request.headers[name] = asked.headers[name]
    request.context["timestamp"] = asked.headers["x-amz-date"]
    again = SigV4Auth(Credentials("made-up", "made-up"), "lambda", REGION)
    text = again.string_to_sign(request, again.canonical_request(request))
    assert signed.endswith(f"Signature={again.signature(text, request)}")


def test_json_is_one_document(
    server: PredictServer, rows: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = rows('[{"length": 1.5}, {"length": 2}]', "rows.JSON")
    assert main(["predict", "abalone", file, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"model": "abalone", "run": "r1", "predictions": [1.5, 2.0]}
    assert (server.asked[0].headers["content-type"], server.asked[0].headers["accept"]) == ("application/json",) * 2


def test_standard_input_is_csv_unless_it_is_said(
    server: PredictServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, options in ((CONTENT, ()), ('{"length": 0.75}', ("--type", "json"))):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        assert main(["predict", "abalone", "-", *options]) == 0
    assert capsys.readouterr().out == "0.5\n0.25\n0.75\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_large_file_is_sent_in_pieces_with_the_header_on_each(
    server: PredictServer, rows: Callable[..., str], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    count = 700
    content = "sex,length\n" + "".join(f"{'M' * 9_000},{number}.5\n" for number in range(count))
    assert len(content) > 6_000_000
    assert main(["predict", "abalone", rows(content), *options]) == 0
    printed = capsys.readouterr().out
    values = json.loads(printed)["predictions"] if options else [float(line) for line in printed.split()]
    assert values == [number + 0.5 for number in range(count)]
    assert all(asked.body.startswith(b"sex,length\n") and len(asked.body) <= 4_000_000 for asked in server.asked)
    assert len(server.asked) == 2


def test_what_is_too_much_at_once_is_sent_in_halves(
    server: PredictServer, rows: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda asked: refusal(413) if asked.body.count(b"\n") > 2 else answered(asked)
    assert main(["predict", "abalone", rows("sex,length\n" + "".join(f"M,{n}\n" for n in range(5)))]) == 0
    assert capsys.readouterr().out == "0\n1\n2\n3\n4\n"


def test_a_bad_row_is_named_as_it_stands_in_the_whole_file(
    server: PredictServer, rows: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The row that was sent in a later piece."""
    file = rows("sex,length\n" + "".join(f"M,{number}\n" for number in range(4)))

    def answer(asked: Asked) -> Answer:
        if asked.body.count(b"\n") > 3:
            return refusal(413)
        if b"M,2" in asked.body:
            return refusal(400, "'x\x1b' is not a number.", row=1, column={"position": 1, "name": "length"})
        return answered(asked)

    server.answer = answer
    assert main(["predict", "abalone", file]) == 1
    assert capsys.readouterr() == ("", "ebb predict: Row 3, counted from 0: 'x\\x1b' is not a number.\n")
    assert main(["predict", "abalone", file, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    column = {"position": 1, "name": "length"}
    assert told == {"code": "c", "message": "'x\x1b' is not a number.", "row": 3, "column": column}


@pytest.mark.parametrize(
    ("status", "code"), [(400, 1), (404, 3), (409, 1), (429, 4), (500, 1), (502, 1), (503, 4), (504, 4)]
)
def test_each_refusal_has_its_exit_code(
    server: PredictServer, rows: Callable[..., str], status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda _: refusal(status)
    assert main(["predict", "abalone", rows(), "--wait", "0"]) == code
    assert capsys.readouterr().err == "ebb predict: It is so.\n"
    assert len(server.asked) == 1
    assert "prefer" not in server.asked[0].headers


@pytest.mark.parametrize("status", [429, 503, 504])
def test_what_may_pass_is_asked_again_while_there_is_time(
    server: PredictServer, rows: Callable[..., str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda asked: refusal(status) if len(server.asked) < 3 else answered(asked)
    assert main(["predict", "abalone", rows(), "--wait", "60"]) == 0
    assert len(server.asked) == 3


def test_the_time_after_which_to_ask_again_is_kept_to(server: PredictServer, rows: Callable[..., str]) -> None:
    """A minute is longer than the wait: it is asked once more at its end, not at once."""
    server.answer = lambda _: (503, {"Retry-After": "60"}, refusal(503)[2])
    assert main(["predict", "abalone", rows(), "--wait", "0.3"]) == 4
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (403, b'{"Message":"Forbidden"}', "Your credentials do not allow a call of the predict URL: attach the"),
        (502, b"Internal Server Error", "The predict URL answered 502: Internal Server Error."),
        (599, b"", "The predict URL answered 599."),
        (500, b'{"error": "plain"}', 'The predict URL answered 500: {"error": "plain"}.'),
    ],
)
def test_what_lambda_itself_answers_is_a_sentence_too(
    server: PredictServer,
    rows: Callable[..., str],
    status: int,
    body: bytes,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.answer = lambda _: (status, {}, body)
    assert main(["predict", "abalone", rows(), "--wait", "0"]) == 1
    assert told in capsys.readouterr().err


def test_answers_of_two_runs_are_not_mixed(
    server: PredictServer, rows: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.body.count(b"\n") > 2:
            return refusal(413)
        return 200, {}, json.dumps({"run": f"r{len(server.asked)}", "predictions": [1]}).encode()

    server.answer = answer
    assert main(["predict", "abalone", rows(), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]["message"]
    assert told == "The model has changed meanwhile, from r2 to r3: send the rows again."


@pytest.mark.parametrize(
    ("content", "name", "code", "told"),
    [
        ("a,1\n", "rows.txt", 2, "ends neither in .csv nor in .json: say which with --type."),
        ("", "rows.csv", 1, "There are no rows in it."),
        ("{", "rows.json", 1, "It is no JSON: "),
    ],
)
def test_what_holds_no_rows_is_not_sent(
    server: PredictServer,
    rows: Callable[..., str],
    content: str,
    name: str,
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["predict", "abalone", rows(content, name)]) == code
    assert told in capsys.readouterr().err
    assert server.asked == []


def test_a_url_that_nobody_answers_is_named(
    server: PredictServer,
    rows: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EBB_PREDICT_URL", "http://127.0.0.1:1/")
    assert main(["predict", "abalone", rows()]) == 1
    assert "http://127.0.0.1:1/ cannot be asked: " in capsys.readouterr().err


def test_what_can_be_no_model_is_not_asked(server: PredictServer, rows: Callable[..., str]) -> None:
    assert main(["predict", "a/../b", rows()]) == 3
    assert server.asked == []
