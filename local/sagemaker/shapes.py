"""Requests checked on the server against botocore's own service model, patterns and maxima included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from local.sagemaker.errors import Invalid, Unreadable

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
_JAVA_TYPES = {"integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double"}
_JSON_TYPES = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}
# A longer text breaks its maximum anyway, and some patterns take quadratic time.
_LONGEST_MATCHED = 10_000


@cache
def service_model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


@cache
def operation_model(name: str) -> OperationModel | None:
    """The API's own description of an operation; None when SageMaker has no such operation."""
    service = service_model()
    return service.operation_model(name) if name in service.operation_names else None


def checked(model: OperationModel, request: dict[str, Any]) -> dict[str, Any]:
    """The members that the operation knows. Invalid with every broken constraint, worded as AWS words it."""
    if model.input_shape is None:
        return {}
    try:
        read: dict[str, Any] = _read(model.input_shape, request)
        broken = list(_broken(model.input_shape, read, ""))
    except RecursionError as nested:
        raise Unreadable("The request is nested too deeply.") from nested
    if broken:
        noun = "error" if len(broken) == 1 else "errors"
        raise Invalid(f"{len(broken)} validation {noun} detected: " + "; ".join(broken))
    return read


def _read(shape: Shape, value: Any) -> Any:
    """Unknown members and nulls are left out, as AWS's JSON reader ignores them."""
    expected = _PYTHON_TYPES[shape.type_name]
    fits = bool in expected if type(value) is bool else isinstance(value, expected)
    if not fits:
        raise Unreadable(_of_another_type(shape, value))
    if isinstance(shape, StructureShape):
        known = {name: member for name, member in shape.members.items() if value.get(name) is not None}
        return {name: _read(member, value[name]) for name, member in known.items()}
    if isinstance(shape, ListShape):
        return [_read(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _read(shape.value, item) for key, item in value.items() if item is not None}
    return value


def _of_another_type(shape: Shape, value: Any) -> str:
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if value is None or shape.type_name in ("structure", "list", "map"):
        return "Unexpected field type"
    found = str(value).upper() + "_VALUE" if isinstance(value, bool) else _JSON_TYPES[type(value)]
    return f"{found} can not be converted to {_JAVA_TYPES.get(shape.type_name, f'a {shape.type_name.title()}')}"


def _broken(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for rule in _broken_rules(shape.metadata, value):
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"
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
        if name not in value:
            yield f"Value null at '{_at(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        yield from _broken(shape.members[name], item, _at(path, name))


def _broken_rules(rules: dict[str, Any], value: Any) -> Iterator[str]:
    sized = isinstance(value, (str, list, dict))
    measure, noun = (len(value), "length ") if sized else (value, "value ")
    if "min" in rules and measure < rules["min"]:
        yield f"have {noun}greater than or equal to {rules['min']}"
    if "max" in rules and measure > rules["max"]:
        yield f"have {noun}less than or equal to {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"satisfy enum value set: [{', '.join(rules['enum'])}]"
    if "pattern" in rules and len(value) <= _LONGEST_MATCHED and not _pattern(rules["pattern"]).fullmatch(value):
        yield f"satisfy regular expression pattern: {rules['pattern']}"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Java's Unicode classes in Python's words, for the tag pattern, which allows the underscore too."""
    letters = pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r" \u00a0\u2000-\u200a").replace(r"\p{N}", r"\d")
    return re.compile(letters.replace(r"\p{Alnum}", "a-zA-Z0-9"))


def _at(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member
