"""The serving entry point as a process: HTTP over its socket, and how it ends."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from typing import Any

import xgboost

MEGABYTE = 1024**2


def invoke(connection: Any, body: bytes = b"1,2,3") -> HTTPResponse:
    connection.request("POST", "/invocations", body, {"Content-Type": "text/csv"})
    response: HTTPResponse = connection.getresponse()
    response.read()
    return response


def test_it_answers_over_its_socket(server: Any) -> None:
    response, body = server.ask("POST", "/invocations", b"1,2,3", Content_Type="text/csv", Accept="application/json")
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert body.startswith(b'{"predictions": [{"score": ')


def test_ping_answers_with_an_empty_page(server: Any) -> None:
    response, body = server.ask("GET", "/ping")
    assert (response.status, body) == (200, b"")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert server.ask("HEAD", "/ping")[0].status == 200


def test_a_connection_is_kept_through_successes_and_errors(server: Any) -> None:
    connection = server.connect()
    statuses = [invoke(connection, body).status for body in (b"1,2,3", b"", b"a,b", b"1,2,3,4", b"1,2,3")]
    assert statuses == [200, 204, 415, 400, 200]
    connection.close()


def test_too_large_a_body_is_refused_and_the_connection_lives_on(server: Any) -> None:
    connection = server.connect()
    connection.request("POST", "/invocations", b"1,2,3\n" * (6 * MEGABYTE // 6 + 1), {"Content-Type": "text/csv"})
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert response.read() == (
        b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity Too Large</title>\n"
        b"<h1>Request Entity Too Large</h1>\n<p>The data value transmitted exceeds the capacity limit.</p>\n"
    )
    assert invoke(connection).status == 200
    connection.close()


def test_the_largest_body_is_accepted(server: Any) -> None:
    connection = server.connect()
    assert invoke(connection, b"1,2,3".rjust(6 * MEGABYTE)).status == 200  # spaces: large, and quickly read
    connection.close()


def test_a_chunked_request_is_read_as_a_whole(server: Any) -> None:
    connection = server.connect()
    headers = {"Content-Type": "text/csv", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/invocations", iter([b"1,2", b",3\n4,5,6"]), headers, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.read().count(b"\n")) == (200, 2)
    assert invoke(connection).status == 200
    connection.close()


def test_the_wrong_method_names_the_right_ones(server: Any) -> None:
    response, _ = server.ask("GET", "/invocations")
    assert (response.status, response.headers["Allow"]) == (405, "OPTIONS, POST")
    assert server.ask("PUT", "/ping")[0].status == 405


def test_unknown_paths_end_at_the_proxy(server: Any) -> None:
    response, body = server.ask("GET", "/models?x=1")
    assert (response.status, body) == (404, b"{}")


def test_many_callers_get_the_same_answer(server: Any) -> None:
    def call(_: int) -> bytes:
        body: bytes = server.ask("POST", "/invocations", b"1,2,3", Content_Type="text/csv")[1]
        return body

    with ThreadPoolExecutor(8) as callers:
        assert len(set(callers.map(call, range(80)))) == 1


def test_a_warm_call_of_one_row_takes_milliseconds(server: Any) -> None:
    connection = server.connect()
    invoke(connection)
    started = time.perf_counter()
    for _ in range(100):
        invoke(connection)
    assert (time.perf_counter() - started) / 100 < 0.02  # about 1 ms alone; the rest is for a busy machine
    connection.close()


def test_the_environment_changes_limits_and_answers(
    serving: Callable[..., Any], trained: Callable[..., xgboost.Booster]
) -> None:
    environment = {"MAX_CONTENT_LENGTH": "10", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    with serving(trained(), **environment) as server:
        assert server.ask("POST", "/invocations", b"1,2,3\n1,2,3", Content_Type="text/csv")[0].status == 413
        assert server.ask("POST", "/invocations", b"1,2,3", Content_Type="text/csv")[1].startswith(b'{"predictions"')


def test_sigterm_ends_it_and_removes_the_socket(
    serving: Callable[..., Any], trained: Callable[..., xgboost.Booster]
) -> None:
    with serving(trained()) as server:
        idle = server.connect()
        assert invoke(idle).status == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(5) == 0
        assert not server.socket_path.exists()
        idle.close()


def test_it_ends_with_the_process_that_holds_its_input(
    serving: Callable[..., Any], trained: Callable[..., xgboost.Booster]
) -> None:
    with serving(trained()) as server:
        server.process.stdin.close()
        assert server.process.wait(5) == 0
        assert not server.socket_path.exists()
