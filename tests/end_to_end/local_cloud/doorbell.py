"""Knocking at the cloud's doors as tests do: any body, any method; and a client that meets a fault only once."""

from __future__ import annotations

import functools
import http.client
import json
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
