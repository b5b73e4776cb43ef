"""A request that no SDK makes: to a function URL, signed as AWS asks for it."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.stack import REGION, Administrator

_SECONDS = 200  # a function may take 180


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    admin: Administrator, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """As the administrator."""
    request = AWSRequest(method, url, data=body, headers=dict(headers or {}))
    keys = Credentials(admin.settings.access_key, admin.settings.secret)
    SigV4Auth(keys, "lambda", REGION).add_auth(request)
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=_SECONDS)
    try:
        connection.request(method, url.partition(place.netloc)[2], body, dict(request.headers))
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
