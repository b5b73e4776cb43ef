"""The line of a key, or none where that is not certain."""

import pytest

from ebb.settings.toml_table import TomlLines

TEXT = '''# volume_gb = 1
validation = 0.1
drop = [
  "volume_gb", # volume_gb = 2
]
label = """
[training]
volume_gb = 3
"""
[training]
  "volume_gb"=4
[endpoint] # [gate]
memory_mb = 5
environment.EBB_A = "6"
[hyperparameters]
booster = "x"
[idle]
after_minutes = 7
[a.b]
[a.b.c]
d = { e = 1 }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("validation",), 2),
        (("drop",), 3),
        (("label",), 6),
        (("training",), 10),
        (("training", "volume_gb"), 11),
        (("endpoint",), 12),
        (("endpoint", "environment", "EBB_A"), 14),
        (("hyperparameters", "objective"), 15),
        (("idle", "after_minutes"), 18),
        (("a", "b", "c", "d"), 21),
        (("a", "b", "c", "d", "e"), 21),
        (("gate",), None),
        (("volume_gb",), None),
    ],
)
def test_a_key_stands_at_its_line_and_what_is_inside_of_one_at_that(path: tuple[str, ...], line: int | None) -> None:
    assert TomlLines(TEXT).of(path) == line


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_end_as_they_do_in_files(end: str) -> None:
    assert TomlLines(f"a = 1{end}{end}b = 2{end}c = 3").of(("c",)) == 4


def test_the_same_name_in_another_table_is_another_key() -> None:
    text = "training = { volume_gb = 0 }\n[hyperparameters]\nvolume_gb = 1\n"
    assert TomlLines(text).of(("training", "volume_gb")) == 1


def test_among_many_look_alikes_no_line_is_guessed() -> None:
    text = 'text = """\n' + "label = 1\n" * 9 + '"""\nlabel = 2\n'
    assert TomlLines(text).of(("label",)) is None
