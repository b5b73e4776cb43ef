"""What the published schemas of our events are put together from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
RUN = r"[a-z][a-z0-9]{0,11}-[a-z0-9-]{1,28}-\d{12}-[a-z2-7]{5}"
SAFE = r'^[^\u0000-\u001f\u007f\u2028\u2029"\\]+$'


def said(meaning: str, schema: Schema) -> Schema:
    return {"description": meaning} | schema


def or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


TEXT: Schema = {"type": "string", "minLength": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
DURATION: Schema = {"type": "number", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
RUN_ID: Schema = {"type": "string", "pattern": f"^{RUN}$"}
CONFIG: Schema = {"type": "string", "pattern": rf"^{RUN}(-od|-\d{{1,2}})?$"}
ENDPOINT: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9]{0,11}-[a-z0-9-]+$", "maxLength": 63}
REASON = said("Why, for people.", TEXT | {"pattern": SAFE})
ITS_RUN = said("The run that it is about.", RUN_ID)
PERHAPS_RUN = said("The run that it is about; null where there is none.", or_null(RUN_ID))
NAMED = said("The model's endpoint.", ENDPOINT)


def closed(meaning: str, properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "description": meaning,
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
