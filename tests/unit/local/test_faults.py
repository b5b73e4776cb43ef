from __future__ import annotations

from typing import Any

import pytest

from local.faults import Faults

ORDER = {"service": "s3", "operation": "PutObject", "do": "fail"}


def fired(faults: Faults, *operations: str, when: str = "before") -> list[bool]:
    return [faults.fire("s3", operation, when) is not None for operation in operations]


def test_without_a_number_every_call_meets_the_fault() -> None:
    faults = Faults()
    faults.add(ORDER)

    assert fired(faults, "PutObject", "GetObject", "PutObject") == [True, False, True]
    assert fired(faults, "PutObject", when="after") == [False]
    assert faults.fire("sqs", "PutObject", "before") is None


def test_with_a_number_only_that_call_counted_from_now_meets_it() -> None:
    faults = Faults()
    faults.add({**ORDER, "operation": "*Object", "nth": 2})

    assert fired(faults, "PutObject", "ListBuckets", "GetObject", "PutObject") == [False, False, True, False]
    assert [(fault["seen"], fault["fired"]) for fault in faults.listed()] == [(3, 1)]


def test_the_oldest_of_several_fires_and_each_can_be_taken_back() -> None:
    faults = Faults()
    first, second = faults.add(ORDER), faults.add({**ORDER, "do": "drop"})

    assert faults.fire("s3", "PutObject", "before") is first
    assert (faults.remove(first.id), faults.remove(first.id)) == (1, 0)
    assert faults.fire("s3", "PutObject", "before") is second
    assert (faults.remove(), faults.listed()) == (1, [])


@pytest.mark.parametrize(
    "change",
    [
        {"service": None},
        {"service": ""},
        {"operation": 1},
        {"do": "explode"},
        {"when": "during"},
        {"nth": 0},
        {"nth": True},
        {"nth": "2"},
        {"code": 404},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"seconds": True},
        {"seconds": 1e9},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_wrong_order_is_refused_by_the_name_of_its_member(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Faults().add({**ORDER, **change})
