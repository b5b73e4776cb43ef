"""Damage to a good artifact, at each of its layers: the archive, the tar in it, the model's file, its document."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

from tests.unit.ebb.trees.boosters import packed
from tests.unit.ebb.trees.documents import DART, SMALL, document, model_bytes, trees

CASES = (SMALL, DART)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 3, 255, 2**31 - 1, 2**31, 2**63, -(2**70), 1.5, 1e308, math.nan, math.inf, -math.inf),
    *("", "0", "-1", "99999999999999", "[]", "[5E-1]", "nan", "x" * 1000, [], {}, [[]], [0], [None], {"": 0}),
)
_PIECES = (
    b"L\xff\xff\xff\xff\xff\xff\xff\xff",
    b"L\0\0\0\0\x7f\xff\xff\xff",
    b"[$d#",
    b"[#L",
    b"{",
    b"}",
    b"\0",
    b"\xff",
)


def damaged(seed: int) -> bytes:
    """The archive that belongs to a number."""
    chance = Random(seed)  # noqa: S311  (damage for a test)
    return chance.choice(_LAYERS)(chance)


def _archive(chance: Random) -> bytes:
    return _spoiled(packed({"xgboost-model": _file(chance)}), chance)


def _tar(chance: Random) -> bytes:
    """Mostly in a header: the content is the next layer's."""
    tar = gzip.decompress(packed({"xgboost-model": _file(chance)}))
    return gzip.compress(_spoiled(tar[:600], chance) + tar[600:], compresslevel=1)


def _model_file(chance: Random) -> bytes:
    return packed({"xgboost-model": _spoiled(_file(chance), chance)})


def _documents(chance: Random) -> bytes:
    """One or two places, most of them in trees, hold something else, or nothing."""
    spoiled = document(chance.choice(CASES))
    places = [spoiled, spoiled["learner"], *trees(spoiled)]
    for _ in range(chance.randint(1, 2)):
        _spoil(chance.choice(places), chance)
    return packed({"xgboost-model": json.dumps(spoiled).encode()})


_LAYERS: tuple[Callable[[Random], bytes], ...] = (_archive, _tar, _model_file, _model_file, _documents, _documents)


def _file(chance: Random) -> bytes:
    return model_bytes(chance.choice(CASES), chance.choice(("ubj", "ubj", "json")))


def _spoiled(data: bytes, chance: Random) -> bytes:
    """A few bytes changed, left out, doubled, moved, or other ones put in."""
    spoiled = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(spoiled) + 1)
        until = min(len(spoiled), at + chance.choice((1, 1, 4, 8, 60)))
        match chance.randrange(6):
            case 0:
                spoiled[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del spoiled[at:until]
            case 2:
                spoiled[at:at] = spoiled[at:until]
            case 3:
                spoiled[at:at] = chance.choice(_PIECES)
            case 4:
                spoiled[at:until] = chance.choice(_PIECES)
            case _:
                del spoiled[chance.choice((at, len(spoiled) // 2, len(spoiled) - 1)) :]
    return bytes(spoiled)


def _spoil(place: Any, chance: Random) -> None:
    """Go down for as long as chance wants, and change what is found there."""
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            return
        key = chance.choice(keys)
        if not isinstance(place[key], (dict, list)) or not place[key] or chance.random() < 0.1:
            break
        place = place[key]
    if chance.random() < 0.2:
        del place[key]
    else:
        place[key] = chance.choice(ODD_VALUES)
