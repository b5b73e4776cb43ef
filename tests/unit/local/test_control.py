from __future__ import annotations

import pytest

from local.control import main, request_of


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("state", ("GET", "state", None)),
        ("clock", ("GET", "clock", None)),
        ("clock 24h", ("POST", "clock", '{"advance": "24h"}')),
        ("faults {}", ("POST", "faults", "{}")),
        ("faults forget", ("DELETE", "faults", None)),
        ("faults forget fault-2", ("DELETE", "faults/fault-2", None)),
        ("misbehave metrics blind", ("POST", "misbehave", '{"name": "metrics", "value": "blind"}')),
        ("misbehave metrics null", ("POST", "misbehave", '{"name": "metrics", "value": null}')),
    ],
)
def test_words_become_one_request(words: str, request_: tuple[str, str, str | None]) -> None:
    assert request_of(*words.split()) == request_


@pytest.mark.parametrize("words", ["", "open", "state now", "clock 1h 2h", "misbehave metrics", "a b c d"])
def test_other_words_get_the_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    assert "python -m local.control" in capsys.readouterr().err


def test_nobody_there_is_said_plainly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    assert main(["state"]) == 1
    assert "No local cloud answers on 127.0.0.1:1" in capsys.readouterr().err
