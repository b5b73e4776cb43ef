"""Every answer of the local SageMaker, checked as it came over the wire against the API's own description of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

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
    client.meta.events.register("after-call.sagemaker", _check)
    return client


def _check(http_response: Any, model: OperationModel, **_: Any) -> None:
    content = json.loads(http_response.content)
    if http_response.status_code >= 300:
        assert isinstance(content["__type"], str)
        assert isinstance(content["message"], str)
        return
    wrong = list(deviations(model.output_shape, content, model.name)) if model.output_shape else []
    assert not wrong, wrong


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
