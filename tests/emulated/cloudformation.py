"""CloudFormation as far as `ebb` asks it, for which moto needs packages that nothing else does: DescribeStacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_SPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass
class CloudFormation:
    """`stacks`: the outputs of each."""

    stacks: dict[str, Mapping[str, str]] = field(default_factory=dict)
    address: str = ""

    def answer(self, name: str) -> tuple[int, str]:
        if name not in self.stacks:
            said = f"Stack with id {escape(name)} does not exist"
            error = f"<Error><Type>Sender</Type><Code>ValidationError</Code><Message>{said}</Message></Error>"
            return 400, f'<ErrorResponse xmlns="{_SPACE}">{error}</ErrorResponse>'
        outputs = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
            for key, value in self.stacks[name].items()
        )
        status = "<CreationTime>2026-11-22T15:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
        stack = f"<StackName>{name}</StackName>{status}<Outputs>{outputs}</Outputs>"
        found = f"<DescribeStacksResult><Stacks><member>{stack}</member></Stacks></DescribeStacksResult>"
        return 200, f'<DescribeStacksResponse xmlns="{_SPACE}">{found}</DescribeStacksResponse>'


@contextmanager
def running() -> Iterator[CloudFormation]:
    cloudformation = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert asked["Action"] == ["DescribeStacks"]
            status, body = cloudformation.answer(asked["StackName"][0])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        cloudformation.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield cloudformation
        server.shutdown()
        thread.join()
