"""The control API from the shell: `python -m local.control clock 24h`, `… faults '{…}'`, `… state`."""

from __future__ import annotations

import http.client
import json
import os
import sys
from urllib.parse import urlsplit

_USAGE = """python -m local.control …
  state                      what there is
  clock [24h]                how far it was moved; move it
  faults ['{"service": …}']  what is on order; order one
  faults forget [id]         all, or one
  misbehave [name value]     what is on order; order something, or take it back with the value null
AWS_ENDPOINT_URL or PORT says where the cloud listens."""


def main(arguments: list[str]) -> int:
    request = request_of(*arguments) if 1 <= len(arguments) <= 3 else None
    if request is None:
        print(_USAGE, file=sys.stderr)
        return 2
    method, door, body = request
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).netloc or f"127.0.0.1:{os.environ.get('PORT', '4566')}"
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, f"/_local/{door}", body)
        answer = connection.getresponse()
        print(json.dumps(json.load(answer), indent=2))
    except (OSError, ValueError) as failed:
        print(f"No local cloud answers on {host}: {failed}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    return 0 if answer.status == http.client.OK else 1


def request_of(door: str, first: str = "", second: str = "") -> tuple[str, str, str | None] | None:
    if door == "faults" and first == "forget":
        return "DELETE", f"faults/{second}".rstrip("/"), None
    if door == "misbehave" and first and second:
        return "POST", door, json.dumps({"name": first, "value": _value(second)})
    if second or (door, bool(first)) not in {
        ("state", False),
        ("clock", False),
        ("clock", True),
        ("faults", False),
        ("faults", True),
        ("misbehave", False),
    }:
        return None
    if not first:
        return "GET", door, None
    return "POST", door, json.dumps({"advance": first}) if door == "clock" else first


def _value(text: str) -> object:
    """JSON where it is some, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
