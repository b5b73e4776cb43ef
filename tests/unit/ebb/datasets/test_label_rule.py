"""Which column is the label where nobody has named it; and never one that counts the rows."""

from __future__ import annotations

import tomllib
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.datasets.label_rule import Unclear, by_name
from ebb.problems import Code, RefusedError
from ebb.settings.model_settings import ModelSettings, read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from tests.unit.ebb.datasets.generated import chance
from tests.unit.ebb.datasets.preparing import Memory, prepared

NAMES = [
    ("a,b,target", 2),
    ("Label,b,c", 0),
    ("a,OUTCOME,c", 1),
    ("a,b,class", 2),
    ("class,b,c", None),
    ("a,b,y", 2),
    ("y,a,b", 0),
    ("a,y,b", None),
    ("x,y", None),
    ("y,Z,a", None),
    ("x,y,target", 2),
    ("target,b,label", None),
    ("target,b,class", None),
    ("y,b,class", None),
    ("y,b,y", None),
    ("price,b,c", None),
    ("targets,b,c", None),
]


@pytest.mark.parametrize(("header", "place"), NAMES)
def test_a_name_makes_it_certain_or_it_does_not(header: str, place: int | None) -> None:
    found = by_name(header.split(","), ())
    assert found == place if place is not None else isinstance(found, Unclear)


def test_what_is_left_out_is_neither_a_label_nor_the_last_column() -> None:
    assert by_name(["target", "label"], {0}) == 1
    assert by_name(["", "a", "y"], {0}) == 2
    assert by_name(["", "y", "a"], {0}) == 1
    assert by_name(["a", "class", "id"], {2}) == 1


def table(*columns: list[str], header: str = "") -> bytes:
    rows = "".join(",".join(cells) + "\n" for cells in zip(*columns, strict=True))
    return f"{header}\n{rows}".lstrip("\n").encode()


random = chance(3)
NUMBERS = [f"{random.uniform(0, 9):.2f}" for _ in range(40)]
OTHERS = [f"{random.uniform(0, 9):.2f}" for _ in range(40)]
WORDS = [random.choice(["red", "blue", "green"]) for _ in range(40)]


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        ((NUMBERS, OTHERS), 0),
        ((WORDS, NUMBERS, OTHERS), 0),
        ((["True", "False"] * 20, NUMBERS), 0),
        ((NUMBERS, OTHERS, WORDS), None),
        ((WORDS, NUMBERS, WORDS), None),
        (([str(number) for number in range(40)], NUMBERS), None),
        (([f"{number}.0" for number in range(5, 45)], NUMBERS), None),
        (([str(number * number) for number in range(40)], NUMBERS), None),
        (([f"20{number:02}-01-07" for number in range(40)], NUMBERS), None),
        (([f"town {number}" for number in range(40)], NUMBERS), None),
    ],
)
def test_without_a_header_the_first_column_if_nothing_speaks_against_it(
    columns: tuple[list[str], ...], place: int | None
) -> None:
    data = table(*columns)
    if place is not None:
        dataset, _ = prepared(Memory(data), ModelSettings())
        assert (dataset.label["position"], dataset.label["chosen"]) == (place, "the first column")
        return
    with pytest.raises(RefusedError) as refused:
        prepared(Memory(data), ModelSettings(header=False))
    (problem,) = refused.value.problems
    assert problem.code is Code.NO_LABEL
    assert "label = 0" not in refused.value.model_toml or len(columns) == 1


def test_a_column_that_counts_far_down_only_is_none_that_counts() -> None:
    """What counts throughout is refused, of any size; what stops counting may be a label."""
    counted = [str(number) for number in range(200_000)]
    text = table(counted, ["1.5"] * len(counted), header="target,a")
    with pytest.raises(RefusedError, match="counts the rows"):
        prepared(Memory(text), ModelSettings())
    counted[-1] = "7"
    dataset, sink = prepared(Memory(table(counted, ["1.5", "2.5"] * 100_000, header="target,a")), ModelSettings())
    assert dataset.label["name"] == "target"
    assert sink.train.count + sink.validation.count == 200_000


def test_whoever_names_a_counter_gets_it() -> None:
    data = table([str(number) for number in range(40)], NUMBERS, header="Id,a")
    assert prepared(Memory(data), ModelSettings(label="Id"))[0].label["chosen"] == "named"


def test_the_refusal_has_a_finished_model_toml_that_gets_the_file_accepted() -> None:
    data = table([str(number) for number in range(40)], NUMBERS, OTHERS, header="Id,Lot Area,it's")
    with pytest.raises(RefusedError) as refused:
        prepared(Memory(data), ModelSettings(validation=0.3))
    (problem,) = refused.value.problems
    assert problem.remedy.startswith("Say which column is to be predicted: label = 2, for example.")
    text = refused.value.model_toml
    assert tomllib.loads(text)["label"] == 2
    settings = read_settings(text, SettingsLimits())
    assert settings.validation == 0.3
    assert prepared(Memory(data), settings)[0].label["position"] == 2


columns = st.sampled_from(
    [
        lambda random: (str(number) for number in count(random.randint(0, 5))),
        lambda random: (str(number) for number in count(1_700_000_000, 61)),
        lambda random: (f"2024-{1 + number % 12:02}-11" for number in count()),
        lambda random: (f"name {number}" for number in count()),
        lambda random: (f"{random.uniform(0, 9):.2f}" for _ in count()),
        lambda random: (str(random.randint(0, 9)) for _ in count()),
        lambda random: (random.choice(["red", "blue"]) for _ in count()),
        lambda random: (random.choice(["True", "False"]) for _ in count()),
    ]
)
names = st.sampled_from(["Id", "target", "label", "y", "x", "class", "a", "b", "", "2019", "outcome"])


@given(
    st.lists(st.tuples(names, columns), min_size=2, max_size=5, unique_by=lambda pair: pair[0]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_a_robot_that_follows_the_messages_never_ends_with_a_label_that_nobody_named_and_that_counts(
    chosen: list[tuple[str, object]],
    header: bool,  # noqa: FBT001
    seed: int,
) -> None:
    """It writes the model.toml of the refusal, or the line that the remedy gives for a column."""
    random, rows = chance(seed), 30
    cells = [[cell for cell, _ in zip(make(random), range(rows), strict=False)] for _, make in chosen]  # type: ignore[operator]
    data = table(*cells, header=",".join(name for name, _ in chosen) if header else "")
    toml = ""
    for _ in range(6):
        try:
            settings = read_settings(toml, SettingsLimits())
            label = prepared(Memory(data), settings)[0].label
        except RefusedError as refused:
            toml = _followed(toml, refused)
            if not toml:
                return
            continue
        place = label["position"]
        counts = all(cell == str(int(cells[place][0]) + row) for row, cell in enumerate(cells[place]) if cell.isdigit())
        counts = counts and all(cell.isdigit() for cell in cells[place])
        assert not counts, (label, toml)
        return


def _followed(toml: str, refused: RefusedError) -> str:
    """Without a line that could be written there is nothing to follow."""
    if refused.model_toml:
        return refused.model_toml
    line = next(
        (part for part in refused.problems[0].remedy.split(": ") if part.startswith(("drop = [", "label = "))), ""
    )
    if refused.problems[0].code is Code.HEADER_UNCLEAR:
        line = "header = true"
    return (
        "\n".join([line.rstrip("."), *(old for old in toml.split("\n") if old.split(" =")[0] != line.split(" =")[0])])
        if line
        else ""
    )
