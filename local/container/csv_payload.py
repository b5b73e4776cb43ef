"""The body of a request as a matrix; unlike training, inference takes nothing but numbers and empty cells."""

import numpy as np
import xgboost

from local.container.content_types import CSV, PARQUET, data_format
from local.container.delimiters import payload_delimiter
from local.container.errors import NotEmulatedError


class UnsupportedPayloadError(Exception):
    """The body is not what its content type says."""


def read_payload(body: bytes, content_type: str | None) -> xgboost.DMatrix:
    """Return the rows of a request, or raise the sentence that goes into the 415 answer."""
    found = data_format(content_type)
    if found == PARQUET:
        raise UnsupportedPayloadError(f"Content-type {content_type} is not supported.")
    if found != CSV:
        raise NotEmulatedError(f"inference on {found}")
    try:
        return _read_csv(body.strip().decode("utf-8"))
    except Exception as error:
        raise UnsupportedPayloadError(
            f"Loading csv data failed with Exception, please ensure data is in csv format:\n {type(error)}\n {error}"
        ) from error


def _read_csv(text: str) -> xgboost.DMatrix:
    delimiter = payload_delimiter(text)
    rows = [[cell or "nan" for cell in line.split(delimiter)] for line in text.split("\n")]
    return xgboost.DMatrix(np.array(rows).astype(float), nthread=1)
