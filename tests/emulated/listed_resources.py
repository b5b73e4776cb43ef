"""CloudFormation as far as a removal asks it: DescribeStacks and ListStackResources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from tests.emulated.cloudformation import CloudFormation

_SPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass
class ListedResources:
    """`resources`: type, logical and physical id of each; one on a page, so that paging shows."""

    described: CloudFormation
    resources: Sequence[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""

    def page(self, token: str) -> str:
        at = int(token or 0)
        members = "".join(
            f"<member><ResourceType>{kind}</ResourceType><LogicalResourceId>{logical}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(physical)}</PhysicalResourceId>"
            "<ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
            "<LastUpdatedTimestamp>2026-11-22T15:00:00Z</LastUpdatedTimestamp></member>"
            for kind, logical, physical in self.resources[at : at + 1]
        )
        more = f"<NextToken>{at + 1}</NextToken>" if at + 1 < len(self.resources) else ""
        listed = f"<StackResourceSummaries>{members}</StackResourceSummaries>{more}"
        found = f"<ListStackResourcesResult>{listed}</ListStackResourcesResult>"
        return f'<ListStackResourcesResponse xmlns="{_SPACE}">{found}</ListStackResourcesResponse>'

    def answer(self, asked: dict[str, list[str]]) -> tuple[int, str]:
        if asked["Action"] == ["ListStackResources"]:
            return 200, self.page(asked.get("NextToken", [""])[0])
        assert asked["Action"] == ["DescribeStacks"]
        return self.described.answer(asked["StackName"][0])


@contextmanager
def running(described: CloudFormation) -> Iterator[ListedResources]:
    listed = ListedResources(described)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = listed.answer(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listed.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield listed
        server.shutdown()
        thread.join()
