"""A request to the function URL, as Lambda hands it over, and the response to it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from ebb.predict.errors import bad_request, too_large

JSON, CSV = "application/json", "text/csv"
LONGEST_WAIT = 120  # seconds
MAX_SENT = 6 * 1024 * 1024  # AWS documents: so much at most goes into a function, and comes out of it
_ENVELOPE = 64 * 1024  # room for headers and the like around the body
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=[,;]|$)", re.IGNORECASE | re.ASCII)
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Request:
    """`path`: its parts, without empty ones. `headers`: names in lower case."""

    method: str
    path: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Of a function URL's event, payload format 2.0."""
        path = tuple(part for part in event["rawPath"].split("/") if part)
        headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
        return cls(event["requestContext"]["http"]["method"].upper(), path, headers, _body_of(event))

    @property
    def content_type(self) -> tuple[str, str]:
        """The media type and its charset, in lower case; "" where it does not say."""
        media_type, *parameters = self.headers.get("content-type", "").lower().split(";")
        named = (parameter.partition("=") for parameter in parameters)
        charsets = [value.strip(' "') for name, _, value in named if name.strip() == "charset"]
        return media_type.strip(), charsets[0] if charsets else ""

    @property
    def wait(self) -> int:
        """`Prefer: wait=<seconds>`, RFC 7240; what is not understood is no preference."""
        found = _WAIT.search(self.headers.get("prefer", ""))
        return min(int(found[1]), LONGEST_WAIT) if found else 0

    @property
    def wants_csv(self) -> bool:
        """Whether `Accept` likes it better than JSON; nobody is refused for what he accepts."""
        liked = list(map(_range_of, self.headers.get("accept", "").lower().split(",")))
        return _liking(liked, CSV) > _liking(liked, JSON)


def _body_of(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except ValueError as error:  # lone surrogates, or no Base64: not what AWS would hand over
        raise bad_request("The body cannot be read.") from error
    if len(body) > MAX_SENT:
        raise too_large(f"The body has {len(body):,} bytes; at most {MAX_SENT:,} can be sent at once: send fewer rows.")
    return body


def _range_of(text: str) -> tuple[str, float]:
    """`text/*;q=0.5`: the range, and how much it is liked."""
    media_range, *parameters = text.split(";")
    quality = next((found for found in map(_QUALITY.fullmatch, parameters) if found), None)
    return media_range.strip(), float(quality[1]) if quality else 1.0


def _liking(liked: list[tuple[str, float]], media_type: str) -> float:
    """By the range that fits most exactly."""
    for fitting in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        qualities = [quality for media_range, quality in liked if media_range == fitting]
        if qualities:
            return max(qualities)
    return 0.0


@dataclass(frozen=True)
class Response:
    status: HTTPStatus
    body: str = field(repr=False)
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: HTTPStatus, content: Any, headers: Mapping[str, str] | None = None) -> Self:
        return cls(status, json.dumps(content), JSON, headers or {})

    def as_lambda(self) -> dict[str, Any]:
        headers = {"Content-Type": self.content_type, "Cache-Control": "no-store"} | dict(self.headers)
        return {"statusCode": self.status.value, "headers": headers, "body": self.body, "isBase64Encoded": False}

    @property
    def fits(self) -> bool:
        """Lambda measures the answer as JSON, in which each quote and newline of the body takes two bytes."""
        quotes = sum(map(self.body.count, '"\\\n\r\t'))
        return len(self.body.encode()) + quotes <= MAX_SENT - _ENVELOPE
