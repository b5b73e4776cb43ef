"""CloudWatch's three protocols: a request as one shape, whichever a client speaks, and an answer in the same."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudwatch

Response = tuple[int, dict[str, str], bytes]
_NUMBERS = ("Period", "MaxDatapoints")


class RefusedError(Exception):
    """What CloudWatch answers to a request that breaks one of its rules."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def request_of(params: dict[str, Any], decoded: dict[str, Any]) -> dict[str, Any]:
    """CBOR and JSON arrive decoded; the Query protocol as `A.member.1.B=value`."""
    if decoded:
        return decoded
    tree: dict[str, Any] = {}
    for name, value in params.items():
        *path, last = name.split(".")
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        node[last] = value[0] if isinstance(value, list) else value
    return {name: _listed(name, node) for name, node in tree.items()}


def _listed(name: str, node: Any) -> Any:
    if not isinstance(node, dict):
        return int(node) if name in _NUMBERS else node
    if "member" in node:
        members = node["member"]
        return [_listed(name, members[number]) for number in sorted(members, key=int)]
    return {inner: _listed(inner, value) for inner, value in node.items()}


def answer(operation: str, result: dict[str, Any], *, is_cbor: bool, is_json: bool) -> Response:
    """`result` has its times as text; each protocol has its own way to write them."""
    response: Response
    if is_cbor:
        response = cloudwatch._cbor_ok(_with_cbor_times(result))
    elif is_json:
        response = cloudwatch._json_ok(result)
    else:
        inner = f"<{operation}Result>{_xml(result)}</{operation}Result>"
        response = cloudwatch._xml(200, f"{operation}Response", inner)
    return response


def refusal(error: RefusedError, *, is_cbor: bool, is_json: bool) -> Response:
    response: Response = cloudwatch._error(error.code, str(error), 400, use_json=is_json, use_cbor=is_cbor)
    return response


def _with_cbor_times(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _with_cbor_times(item, inner) for inner, item in value.items()}
    if isinstance(value, list):
        return [_with_cbor_times(item, name) for item in value]
    return cloudwatch._cbor_timestamp(value) if name.startswith("Timestamp") else value


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(inner)}</member>" for inner in value)
    return escape(str(value))
