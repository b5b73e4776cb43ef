"""Predictions as the body of an answer, to the byte as image 3.2-0 writes them."""

import json
from collections.abc import Sequence

from local.container.content_types import media_type
from local.container.scoring import Predictions
from local.container.selected_outputs import Output

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
_SUPPORTED = [JSON, JSON_LINES, RECORDIO, CSV]


class NotAcceptableError(Exception):
    """The client wants a type that the container never answers with."""


class UnsupportedFormatError(Exception):
    """A type that the container lets through and then cannot write."""


def accepted_type(accept: str | None, default: str) -> str:
    """Return the type to answer with; a list of types is none."""
    wanted = media_type(accept or "")
    if wanted in ("", "*/*"):
        return default
    if wanted.lower() not in _SUPPORTED:
        raise NotAcceptableError(
            f"Accept type {wanted} is not supported. Please use supported accept types: {_SUPPORTED}."
        )
    return wanted.lower()


def encode(predictions: Predictions, accept: str, *, batch: bool) -> str:
    """Return all predictions; the batch form is the same whatever the client accepts."""
    values = predictions.tolist()
    if batch:
        return "\n".join(map(str, values)) + "\n"
    if accept == JSON:
        return json.dumps({"predictions": [{"score": value} for value in values]})
    if accept == CSV:
        return "".join(_csv_line(value) + "\n" for value in values)
    raise UnsupportedFormatError(f"Content type {accept} is not supported by this framework.")


def encode_joined(predictions: Predictions) -> str:
    """Return what images up to 1.2-1 answer, whatever was asked: one line of commas without a newline."""
    return ",".join(map(str, predictions.tolist()))


def _csv_line(value: float | list[float]) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def encode_selected(outputs: list[dict[str, Output]], keys: Sequence[str], accept: str, *, batch: bool) -> str:
    """Return the selected outputs; CSV has no newline at its end here, except for batch transform."""
    if accept == JSON:
        return json.dumps({"predictions": outputs})
    if accept == JSON_LINES:
        return "".join(json.dumps(output) + "\n" for output in outputs)
    if accept == CSV:
        lines = (",".join(_cell(output[key]) for key in keys) for output in outputs)
        return "\n".join(lines) + ("\n" if batch else "")
    if accept == RECORDIO:
        raise UnsupportedFormatError(f"not emulated by this local cloud: answers in {accept}")
    raise UnsupportedFormatError(f"Cannot encode selected predictions into accept type '{accept}'.")


def _cell(output: Output) -> str:
    return f'"{output}"' if isinstance(output, list) else str(output)
