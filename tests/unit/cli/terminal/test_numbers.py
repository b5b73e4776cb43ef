import pytest

from cli.terminal.numbers import counted, number, share, span


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (4177.0, "4,177"),
        (0.075, "0.075"),
        (-3, "-3"),
        (0.0, "0"),
        (1e22, "1e+22"),
        (1.23456789, "1.23457"),
        (3.4e38, "3.4e+38"),
    ],
)
def test_numbers_are_short(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (1, "100 %"), (0.125, "12.5 %"), (0.00001, "<0.1 %"), (0.99999, ">99.9 %"), (0.001, "0.1 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_everything(value: float, shown: str) -> None:
    assert share(value) == shown


def test_one_thing_is_no_things() -> None:
    assert [counted(count, "row") for count in (0, 1, 4177)] == ["0 rows", "1 row", "4,177 rows"]


def test_a_span_of_one_is_one() -> None:
    assert [span(3, 3), span(3, 498)] == ["3", "3-498"]
