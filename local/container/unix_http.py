"""HTTP/1.1 over a Unix socket, a thread for each connection."""

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import cast

from local.container.answers import Answer, page
from local.container.invocations import Container, Request

_BLOCK = 64 * 1024


class UnixHttpServer(ThreadingMixIn, UnixStreamServer):
    """Serves one container; the socket appears only when it can be connected to."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, socket_path: Path, container: Container) -> None:
        self.container = container
        nascent = Path(f"{socket_path}~")
        nascent.unlink(missing_ok=True)
        super().__init__(str(nascent), _Connection)
        nascent.rename(socket_path)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for headers and body together

    def do_any(self) -> None:
        container = cast("UnixHttpServer", self.server).container
        body = self._body(container.settings.max_content_length)
        if body is None:
            self._send(page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
        else:
            self._send(container.answer(self._request(body)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_any  # noqa: N815

    def _request(self, body: bytes) -> Request:
        return Request(
            method=self.command,
            path=self.path.partition("?")[0],
            body=body,
            content_type=self.headers.get("Content-Type"),
            accept=self.headers.get("Accept"),
        )

    def _body(self, limit: int) -> bytes | None:
        """Read the body to its end, kept or not: a client still sending would see a broken pipe, not the answer."""
        kept, size = [], 0
        for block in self._chunks() if "Transfer-Encoding" in self.headers else self._blocks():
            size += len(block)
            if size <= limit:
                kept.append(block)
        return b"".join(kept) if size <= limit else None

    def _blocks(self) -> Iterator[bytes]:
        left = int(self.headers.get("Content-Length", 0))
        while left > 0 and (block := self.rfile.read(min(_BLOCK, left))):
            left -= len(block)
            yield block

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def version_string(self) -> str:
        """Name the server that stands in front of the container."""
        return "nginx"

    def log_message(self, *_: object) -> None:
        """Keep quiet about single requests."""
