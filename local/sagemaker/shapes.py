"""Requests checked on the server against botocore's own service model, patterns and maxima included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.sagemaker.errors import Invalid

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
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


@cache
def operation_model(name: str) -> OperationModel | None:
    """The API's own description of an operation; None when SageMaker has no such operation."""
    service = botocore.session.get_session().get_service_model("sagemaker")
    return service.operation_model(name) if name in service.operation_names else None


def check(model: OperationModel, request: Any) -> None:
    """Raise Invalid with every broken constraint, worded as AWS words it."""
    broken = list(_broken(model.input_shape, request, "")) if model.input_shape else []
    if broken:
        noun = "error" if len(broken) == 1 else "errors"
        raise Invalid(f"{len(broken)} validation {noun} detected: " + "; ".join(broken))


def _broken(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _PYTHON_TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be of type {shape.type_name}"
        return
    yield from _bounds(shape, value, path)
    if isinstance(shape, StructureShape):
        yield from _members(shape, value, path)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, start=1):
            yield from _broken(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _broken(shape.key, key, f"{path}.key")
            yield from _broken(shape.value, item, f"{path}.{key}.member")


def _members(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_at(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _broken(member, value[name], _at(path, name))


def _bounds(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for rule in _broken_rules(shape.metadata, value):
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"


def _broken_rules(rules: dict[str, Any], value: Any) -> Iterator[str]:
    sized = isinstance(value, (str, list, dict))
    measure, noun = (len(value), "length ") if sized else (value, "value ")
    if "min" in rules and measure < rules["min"]:
        yield f"have {noun}greater than or equal to {rules['min']}"
    if "max" in rules and measure > rules["max"]:
        yield f"have {noun}less than or equal to {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"satisfy enum value set: [{', '.join(rules['enum'])}]"
    if "pattern" in rules and not re.fullmatch(_pythonic(rules["pattern"]), value):
        yield f"satisfy regular expression pattern: {rules['pattern']}"


def _pythonic(pattern: str) -> str:
    """Java's Unicode classes in Python's words, for the tag pattern."""
    letters = pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")
    return letters.replace(r"\p{IsLetter}", r"\w")


def _at(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member
