"""Every answer of the local SageMaker, checked as it came over the wire against the API's own description of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

_JAVA = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\p{Alnum}": "a-zA-Z0-9", r"\p{ASCII}": r"[\x00-\x7f]"}
SEEN: set[str] = set()  # the operations of which a successful answer was checked
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
}


def watched(client: Any) -> Any:
    """The same client; from now on an answer of an unexpected shape is an AssertionError."""
    for service in ("sagemaker", "sagemaker-runtime"):
        client.meta.events.register(f"after-call.{service}", _check)
    return client


def _check(http_response: Any, model: OperationModel, **_: Any) -> None:
    if model.name == "InvokeEndpoint":
        _check_invocation(http_response, model)
        return
    content = json.loads(http_response.content)
    if http_response.status_code >= 300:
        assert isinstance(content["__type"], str)
        assert isinstance(content["message"], str)
        return
    wrong = list(deviations(model.output_shape, content, model.name)) if model.output_shape else []
    assert not wrong, wrong
    SEEN.add(model.name)


def _check_invocation(http_response: Any, model: OperationModel) -> None:
    """The runtime answers with headers and a body, and with an error's code in a header."""
    headers = {name.lower(): value for name, value in http_response.headers.items()}
    if http_response.status_code >= 300:
        assert headers["x-amzn-errortype"]
        assert isinstance(json.loads(http_response.content)["message"], str)
        return
    members = model.output_shape.members if model.output_shape else {}
    named = {member.serialization["name"].lower(): member for member in members.values() if member.serialization}
    assert {"content-type", "x-amzn-invoked-production-variant"} <= headers.keys()
    assert {name for name in headers if name.startswith("x-amzn-")} <= {*named, "x-amzn-requestid"}
    wrong = [found for name in named.keys() & headers.keys() for found in deviations(named[name], headers[name], name)]
    assert not wrong, wrong
    SEEN.add(model.name)


def deviations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _TYPES[shape.type_name]
    fits = bool in expected if type(value) is bool else isinstance(value, expected)
    if not fits:
        yield f"{path} is {value!r}, not a {shape.type_name}"
        return
    yield from (f"{path} {rule}" for rule in _broken(shape.metadata, value))
    if isinstance(shape, StructureShape):
        yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
        yield from (f"{path}.{name} is not expected" for name in value if name not in shape.members)
        for name in value.keys() & shape.members.keys():
            yield from deviations(shape.members[name], value[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value):
            yield from deviations(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from deviations(shape.value, item, f"{path}.{key}")


def _broken(rules: dict[str, Any], value: Any) -> Iterator[str]:
    measure = len(value) if isinstance(value, (str, list, dict)) else value
    if measure < rules.get("min", measure) or measure > rules.get("max", measure):
        yield f"is out of bounds: {value!r}"
    if value not in rules.get("enum", [value]):
        yield f"is {value!r}, not in its enum"
    if "pattern" in rules and not _pattern(rules["pattern"]).fullmatch(value):
        yield f"is {value!r}, not {rules['pattern']}"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Java's character classes in Python's words."""
    for java, python in _JAVA.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)
