"""`model.tar.gz` → the bytes of the one file in it, `xgboost-model`.

Read by hand, strictly: the standard library's reader trusts the sizes that a header claims. Any other file beside the
model is refused, because the container would load it as a second model and answer with the mean of both.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ebb.trees.limits import DEFAULT_LIMITS, ModelLimits
from ebb.trees.unusable import UnusableModelError, shown

MODEL_NAME = "xgboost-model"
_BLOCK = 512
_GZIP = 16 + zlib.MAX_WBITS
_REGULAR, _FOLDER, _PAX = (b"0", b"\0"), b"5", (b"x", b"g")
_ROOTS = (".", "./")
_HARMLESS_PAX = frozenset({"mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"})
_MOST_ENTRIES, _MOST_PAX = 8, 4096
_CHECKSUM = slice(148, 156)


def read_archive(archive: bytes | str | os.PathLike[str] | IO[bytes], limits: ModelLimits = DEFAULT_LIMITS) -> bytes:
    """The model file of an archive: its bytes, a path to it, or a stream that is open for reading.

    Never takes more memory than both limits together. UnusableModelError; and OSError from a path or a stream.
    """
    packed = _packed(archive, limits.archive_bytes)
    if len(packed) > limits.archive_bytes:
        raise UnusableModelError(f"its archive has more than {limits.archive_bytes} bytes")
    return _only_file(_unpacked(packed, limits.model_bytes + 64 * _BLOCK), limits.model_bytes)


def _packed(archive: bytes | str | os.PathLike[str] | IO[bytes], most: int) -> bytes:
    if isinstance(archive, bytes):
        return archive
    if isinstance(archive, (str, os.PathLike)):
        with Path(archive).open("rb") as stream:
            return stream.read(most + 1)
    return archive.read(most + 1)


def _unpacked(packed: bytes, most: int) -> bytes:
    reader = zlib.decompressobj(_GZIP)
    try:
        unpacked = reader.decompress(packed, most + 1)
    except zlib.error as error:
        raise UnusableModelError("its archive is not gzip") from error
    if len(unpacked) > most:
        raise UnusableModelError(f"its archive unpacks to more than {most} bytes")
    if not reader.eof:
        raise UnusableModelError("its archive ends too early")
    if reader.unused_data.strip(b"\0"):
        raise UnusableModelError("its archive goes on behind its end")
    return unpacked


def _only_file(tar: bytes, most: int) -> bytes:
    """`./` and what only dates or owns a file may stand before it."""
    model = None
    for kind, name, content in _entries(tar):
        if kind in _PAX:
            _check_pax(content)
        elif kind in _REGULAR and name.removeprefix("./") == MODEL_NAME and model is None:
            model = content
        elif kind != _FOLDER or name not in _ROOTS or content:
            raise UnusableModelError(f"its archive has {shown(name)}, and should have one file, {MODEL_NAME}")
    if model is None:
        raise UnusableModelError(f"its archive has no {MODEL_NAME}")
    if len(model) > most:
        raise UnusableModelError(f"its file has more than {most} bytes")
    return model


def _entries(tar: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    """Kind, name and content; a block of zeros ends them, and nothing else follows it."""
    at = 0
    for _ in range(_MOST_ENTRIES):
        header = tar[at : at + _BLOCK]
        if not any(header):
            break
        kind, name, size = _header(header)
        start, at = at + _BLOCK, at + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if at > len(tar):
            raise UnusableModelError("its archive ends too early")
        yield kind, name, tar[start : start + size]
    if tar.count(0, at) != len(tar) - at:
        raise UnusableModelError("its archive goes on behind its end")


def _header(block: bytes) -> tuple[bytes, str, int]:
    """Kind, name and size of what follows."""
    if len(block) != _BLOCK:
        raise UnusableModelError("its archive ends too early")
    checked = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    if _octal(block[_CHECKSUM]) != checked:
        raise UnusableModelError("its archive is not tar")
    name = block[:100].partition(b"\0")[0]
    folder = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    full = b"/".join(filter(None, (folder, name)))
    return block[156:157], full.decode("ascii", "backslashreplace"), _octal(block[124:136])


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        raise UnusableModelError("its archive is not tar")
    return int(digits, 8)


def _check_pax(records: bytes) -> None:
    """Lines of `<length> <key>=<value>`; an extended header could rename the file, or give it another size."""
    if len(records) > _MOST_PAX:
        raise UnusableModelError("its archive has an extended header that is too long")
    while records:
        length, _, rest = records.partition(b" ")
        key, _, _ = rest.partition(b"=")
        if not length.isdigit() or not len(length) < int(length) <= len(records):
            raise UnusableModelError("its archive has an extended header that cannot be read")
        if key.decode("ascii", "backslashreplace") not in _HARMLESS_PAX:
            raise UnusableModelError("its archive has an extended header with more than dates and owners")
        records = records[int(length) :]
