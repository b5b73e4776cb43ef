"""Which rows are held out: a hash of the row itself, so that every retry and every run holds out the same ones."""

from __future__ import annotations

import zlib

_BUCKETS = 10_000


def is_held_out(source: bytes, share: float) -> bool:
    """CRC-32 of the row's source bytes without line ending, modulo 10,000, below `share` of them."""
    return zlib.crc32(source) % _BUCKETS < round(share * _BUCKETS)
