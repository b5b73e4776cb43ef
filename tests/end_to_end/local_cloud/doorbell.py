"""Knocking at the cloud's doors as tests do: any body, any method; a client that meets a fault only once; its ports."""

from __future__ import annotations

import functools
import http.client
import json
import socket
import struct
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.server import Server
from local.stack import REGION


def knock(cloud: Server, method: str, door: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Status and answer; a body that is not bytes already goes as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=60)
    connection.request(method, f"/_local/{door}", body if body is None or type(body) is bytes else json.dumps(body))
    answer = connection.getresponse()
    found = answer.status, json.load(answer)
    connection.close()
    return found


def order(cloud: Server, service: str, operation: str, do: str, **more: Any) -> str:
    status, answer = knock(cloud, "POST", "faults", {"service": service, "operation": operation, "do": do, **more})
    assert status == 200, answer
    return str(answer["id"])


@functools.cache  # making one takes longer than most tests
def asking_once(cloud: Server, service: str) -> Any:
    """A client that does not try again."""
    session = boto3.session.Session(cloud.settings.access_key, cloud.settings.secret, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return session.client(service, endpoint_url=cloud.settings.endpoint_url, config=config)  # type: ignore[call-overload]


def listening(pid: int) -> set[tuple[str, int]]:
    """(address, port) of every socket this process listens on, by its own file descriptors."""
    try:
        links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    except OSError:  # it ended meanwhile
        return set()
    own = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if rest[5] in own and (state == "0A" or table.startswith("udp")):
                address, _, port = local.partition(":")
                packed = struct.pack("=I", int(address, 16)) if len(address) == 8 else bytes.fromhex(address)
                name = socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
                found.add((name, int(port, 16)))
    return found
