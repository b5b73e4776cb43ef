"""What goes back over HTTP: a status, a content type and a body."""

from dataclasses import dataclass, field
from http import HTTPStatus

_HTML = "text/html; charset=utf-8"
_NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
_BROKEN = (
    "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application."
)
_EXPLANATIONS = {
    HTTPStatus.NOT_FOUND: ("Not Found", _NOT_FOUND),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Method Not Allowed", "The method is not allowed for the requested URL."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Request Entity Too Large",
        "The data value transmitted exceeds the capacity limit.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Internal Server Error", _BROKEN),
}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = _HTML
    headers: dict[str, str] = field(default_factory=dict)


def message(status: HTTPStatus, text: str) -> Answer:
    """Return an error in the container's own words, which calls itself HTML and is plain text."""
    return Answer(status, text.encode())


def page(status: HTTPStatus, headers: dict[str, str] | None = None) -> Answer:
    """Return the page that Flask makes for an error nobody handled."""
    title, explanation = _EXPLANATIONS[status]
    html = (
        "<!doctype html>\n<html lang=en>\n"
        f"<title>{status.value} {title}</title>\n<h1>{title}</h1>\n<p>{explanation}</p>\n"
    )
    return Answer(status, html.encode(), headers=headers or {})


def typed(body: str, media_type: str) -> Answer:
    """Return a successful answer; only text types are given a charset."""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Answer(HTTPStatus.OK, body.encode(), media_type + charset)
