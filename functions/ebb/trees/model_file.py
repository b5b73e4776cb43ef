"""`model.tar.gz`, or the file in it, to a model: which of xgboost's formats it is, and what is not read, by name."""

from __future__ import annotations

import os
from typing import IO, Final

from ebb.trees import json_text, ubjson
from ebb.trees.archive import read_archive
from ebb.trees.limits import DEFAULT_LIMITS, ModelLimits
from ebb.trees.model import Model, read_document
from ebb.trees.unusable import UnusableModelError

_PICKLE: Final = b"\x80"
_OLD_BINARY: Final = b"binf"


def read_model(archive: bytes | str | os.PathLike[str] | IO[bytes], limits: ModelLimits = DEFAULT_LIMITS) -> Model:
    """The model of an archive, given as bytes, a path or an open stream.

    UnusableModelError says why it cannot be evaluated; OSError comes from the path or the stream.
    """
    return read_model_file(read_archive(archive, limits), limits)


def read_model_file(data: bytes, limits: ModelLimits = DEFAULT_LIMITS) -> Model:
    """The model of the file `xgboost-model` itself: UBJSON, or JSON text; UnusableModelError otherwise."""
    if len(data) > limits.model_bytes:
        raise UnusableModelError(f"its file has more than {limits.model_bytes} bytes")
    if data.startswith(_OLD_BINARY):
        raise UnusableModelError("it is in xgboost's old binary format, which images up to 1.7-1 write")
    if data.startswith(_PICKLE):
        raise UnusableModelError("it is a pickle, which images up to 1.2-2 write")
    if not data.startswith(b"{"):
        raise UnusableModelError("it is in no format of xgboost")
    # The rule by which xgboost tells them apart: a key of UBJSON begins with its length, never with a quote.
    document = ubjson.parse(data) if data[1:2].isalpha() or data[1:2] == b"}" else json_text.parse(data)
    return read_document(document, limits)
