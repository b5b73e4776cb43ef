"""CRCs that the standard library lacks, of megabytes at once: the AWS CLI's second version sends them with every part.

The data are cut into lanes of equal length, all of which take one byte a step; then neighbours are joined, pair by
pair. Both work because a CRC is linear: what comes before `n` bytes counts as if it were moved on by `n` zero bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
_BYTE, _EIGHT = np.uint64(0xFF), np.uint64(8)
_LANES = 4096


@dataclass(frozen=True)
class Crc:
    """A reflected CRC that begins with all ones and ends inverted."""

    width: int
    polynomial: int

    def of(self, data: bytes) -> int:
        """Of at least as many bytes as the CRC itself has."""
        head, ones = self.width // 8, (1 << self.width) - 1
        begun = int.from_bytes(data[:head], "little") ^ ones  # to begin with ones is to invert the first bytes
        return self._plain(begun.to_bytes(head, "little") + data[head:]) ^ ones

    def _plain(self, data: bytes) -> int:
        """Without inversions: zero bytes in front of the data change nothing."""
        length = 1 << max(-(-len(data) // _LANES) - 1, 0).bit_length()
        lanes = np.frombuffer(data.rjust(length * _LANES, b"\0"), np.uint8).reshape(_LANES, length)
        state = np.zeros(_LANES, np.uint64)
        for column in np.ascontiguousarray(lanes.T):
            state = self._table[(state ^ column) & _BYTE] ^ (state >> _EIGHT)
        move = self._moved_by(length)
        while len(state) > 1:
            state = _applied(move, state[::2]) ^ state[1::2]
            move = _applied(move, move)
        return int(state[0])

    def _moved_by(self, length: int) -> Words:
        """What each bit of a state becomes after so many zero bytes, a power of two."""
        bits = np.left_shift(np.uint64(1), np.arange(self.width, dtype=np.uint64))
        move: Words = self._table[bits & _BYTE] ^ (bits >> _EIGHT)
        for _ in range(length.bit_length() - 1):
            move = _applied(move, move)
        return move

    @cached_property
    def _table(self) -> Words:
        return np.array([self._of_byte(byte) for byte in range(256)], np.uint64)

    def _of_byte(self, byte: int) -> int:
        for _ in range(8):
            byte = (byte >> 1) ^ (self.polynomial if byte & 1 else 0)
        return byte


def _applied(move: Words, states: Words) -> Words:
    moved = np.zeros_like(states)
    for bit, becomes in enumerate(move):
        moved ^= np.where((states >> np.uint64(bit)) & np.uint64(1), becomes, np.uint64(0))
    return moved


KNOWN = {"CRC32C": Crc(32, 0x82F63B78), "CRC64NVME": Crc(64, 0x9A6C9329AC4BC9B5)}
