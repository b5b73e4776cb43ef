"""Rows as JSON: `{"rows": […]}`, a list, or one object; each an object by column name or an array in file order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ebb.datasets.cells import SPACES
from ebb.evaluation.row_encoding import FeatureColumn
from ebb.predict.errors import RequestError, bad_request, bad_row
from ebb.predict.row_table import Cells, RowTable, place_of
from ebb.problems import quoted

_FORMS = 'Send {"rows": [...]}, a list of rows, or one object; each row an object by column name or an array.'


def parsed_rows(body: bytes) -> list[Any]:
    """Numbers stay the text that they are; `NaN`, `Infinity` and the same name twice are refused."""
    try:
        content = json.loads(
            body.decode("utf-8-sig"),
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise bad_request(f"The body is not UTF-8: byte 0x{body[error.start]:02X} at {error.start}.") from error
    except RecursionError as error:
        raise bad_request(f"The body is nested too deeply. {_FORMS}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise bad_request(f"The body is not JSON: {error.msg} ({where}). {_FORMS}") from error
    if isinstance(content, dict):
        rows = content.get("rows")
        return rows if len(content) == 1 and isinstance(rows, list) else [content]
    if isinstance(content, list):
        return content
    raise bad_request(f"The body holds no rows. {_FORMS}")


def _refuse_constant(name: str) -> Any:
    raise bad_request(f"{name} is no JSON. Send null where a value is missing.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise bad_request(f"An object has the name {quoted(twice)} twice.")
    return found


def cells_of(rows: list[Any], table: RowTable) -> Iterator[Cells]:
    """Of each row, the features' cells."""
    for number, row in enumerate(rows):
        if isinstance(row, dict):
            yield _cells_by_name(row, table, number)
        elif isinstance(row, list):
            places = table.places_by_position(len(row), number)
            pairs = zip(table.columns, places, strict=True)
            yield [_cell(row[place], column, number) for column, place in pairs]
        else:
            raise bad_row(number, f"Row {number} is neither an object nor an array. {_FORMS}")


def _cells_by_name(row: Mapping[str, Any], table: RowTable, number: int) -> Cells:
    if not table.names:
        raise bad_row(number, "The model's file had no header, so its columns have no names: send arrays in its order.")
    if not row.keys() <= table.known:
        table.refuse_unknown(row, number)
    try:
        return [_cell(row[column.key], column, number) for column in table.columns]  # type: ignore[index]
    except KeyError:
        raise next(table.absent(column, number) for column in table.columns if column.key not in row) from None


def _cell(value: Any, column: FeatureColumn, row: int) -> str | None:
    """As it would stand in the file."""
    if isinstance(value, str):
        return value.strip(SPACES)
    if value is None:
        return None
    if isinstance(value, bool):
        return _truth(value, column, row)
    raise _no_value("A list or an object is no value", column, row)


def _truth(value: bool, column: FeatureColumn, row: int) -> str:  # noqa: FBT001
    """`true` and `false`, as this column's file has them."""
    word = str(value).lower()
    if column.kind == "boolean":
        return word
    alike = next((known for known in column.places if known.lower() == word), None)
    if alike is None:
        raise _no_value(f"{word} is none of the values that the model learned", column, row)
    return alike


def _no_value(problem: str, column: FeatureColumn, row: int) -> RequestError:
    wanted = "a number" if column.kind == "number" else "a text"
    return bad_row(
        row, f"{problem} in {place_of(column)}. Send {wanted}, or null where it is missing.", place_of(column)
    )
