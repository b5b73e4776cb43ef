"""What is learned from the label: the objective, and its classes with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ebb.datasets.cells import is_number
from ebb.datasets.columns import Column, truth_of
from ebb.datasets.label_column import FEW_VALUES, TWO, ClassWords, NumberLabel, has_classes, is_binary
from ebb.problems import Code, Problem, quoted
from ebb.settings.hyperparameters import AUTO

if TYPE_CHECKING:
    from ebb.settings.live_label import LiveLabel
    from ebb.settings.model_settings import ModelSettings

REGRESSION, TWO_CLASSES, MORE_CLASSES = "reg:squarederror", "binary:logistic", "multi:softprob"
_KEEP = "To number the classes anew, set classes = 'new' in model.toml"


@dataclass(frozen=True)
class Task:
    """`classes`: as the file spells them, by their numbers; None where the label is a value.

    `numeric`: the classes are numbers. `added`: how many of them the run that is live does not know.
    """

    objective: str
    num_class: int | None = None
    classes: tuple[str, ...] | None = None
    numeric: bool = False
    added: int = 0

    @property
    def order(self) -> tuple[float | str, ...] | None:
        """The classes, however they are spelled."""
        if self.classes is None:
            return None
        return tuple(map(float, self.classes)) if self.numeric else self.classes

    @cached_property
    def number_of(self) -> Mapping[str, str]:
        """What is written for a cell of the label."""
        return _Numbers(self.classes or (), numeric=self.numeric)


class _Numbers(dict[str, str]):
    """The classes' numbers by spelling; those of equal value have the same one."""

    def __init__(self, classes: Sequence[str], *, numeric: bool) -> None:
        super().__init__((spelled, str(number)) for number, spelled in enumerate(classes))
        self._by_key = {_key(spelled, numeric=numeric): str(number) for number, spelled in enumerate(classes)}
        self._truth = None if numeric else truth_of(list(classes))
        self._numeric = numeric

    def __missing__(self, spelled: str) -> str:
        if self._truth is not None:
            return next(self[word] for word in self._truth if word.lower() == spelled.lower())
        return self._by_key[_key(spelled, numeric=self._numeric)]


def _key(spelled: str, *, numeric: bool) -> float | str:
    return float(spelled) if numeric else spelled


def found_task(label: Column, settings: ModelSettings, live: LiveLabel | None) -> Task | Problem:
    """`live`: what is predicted already, if it is the same column. A Problem: it cannot be learned so."""
    if isinstance(label, ClassWords):
        return _of_classes(label, words_in_order(label), settings, live, numeric=False)
    assert isinstance(label, NumberLabel)
    if has_classes(settings.objective):
        return _of_classes(label, _numbers_in_order(label), settings, live, numeric=True)
    if settings.objective != AUTO:
        return Task(settings.objective)
    if live and live.classes is None:
        return Task(live.objective)
    if live or (label.values is not None and len(label.values) == TWO):
        return _of_classes(label, _numbers_in_order(label), settings, live, numeric=True)
    return Task(REGRESSION)


def words_in_order(label: ClassWords) -> list[str]:
    """By code point; of true and false, or yes and no, in any case, false is first. Spelled as most often."""
    truth = label.truth
    if truth is None:
        return sorted(label.values)
    spelled: dict[int, str] = {}
    for word in label.by_frequency():
        spelled.setdefault(truth[word], word)
    return [spelled[number] for number in sorted(spelled)]


def _numbers_in_order(label: NumberLabel) -> list[str] | None:
    """Ascending, spelled as most often; None where they are no classes."""
    if label.values is None:
        return None
    return [
        max(spellings, key=lambda spelled: (spellings[spelled], -len(spelled)))
        for _, spellings in sorted(label.values.items())
    ]


def _of_classes(
    label: Column, own: list[str] | None, settings: ModelSettings, live: LiveLabel | None, *, numeric: bool
) -> Task | Problem:
    is_other = own is None or _is_other_label(live, own, numeric=numeric)
    if live and (own is None or (is_other and settings.objective == AUTO)):
        return _other_task(label, live, "numbers" if numeric else "text")
    assert own is not None
    kept = () if live is None or is_other else live.classes or ()
    key = key_for([*kept, *own])
    known = {key(spelled) for spelled in kept}
    added = [spelled for spelled in own if key(spelled) not in known]
    classes = (*kept, *added)
    objective = settings.objective
    if objective == AUTO:
        if live and numeric and is_binary(live.objective) and added:
            return _other_task(label, live, f"{len(own)} different numbers" if len(own) > TWO else "other numbers")
        objective = live.objective if live else TWO_CLASSES if len(classes) <= TWO else MORE_CLASSES
        objective = MORE_CLASSES if is_binary(objective) and len(classes) > TWO else objective
    if is_binary(objective) and len(classes) > TWO:
        return _third_class(label, classes, objective)
    return _counted(label, objective, classes, settings, live, numeric=numeric, added=len(added) if kept else 0)


def key_for(names: Sequence[str]) -> Callable[[str], float | str]:
    """What is equal of classes that are one: numbers by value, true and false in any case."""
    if all(map(is_number, names)):
        return float
    return str.lower if truth_of(list(names)) else str


def _is_other_label(live: LiveLabel | None, own: Sequence[str], *, numeric: bool) -> bool:
    """Whether one of them has numbers and the other one words, or the live one predicts a value."""
    if live is None:
        return False
    if live.classes is None:
        return True
    return numeric != all(map(is_number, live.classes)) and bool(own)


def _counted(
    label: Column,
    objective: str,
    classes: tuple[str, ...],
    settings: ModelSettings,
    live: LiveLabel | None,
    *,
    numeric: bool,
    added: int,
) -> Task | Problem:
    given = settings.num_class
    if is_binary(objective):
        return Task(objective, given, classes, numeric, added)
    if given is not None and given < len(classes):
        problem = f"The label has {len(classes)} classes, and num_class is {given}."
        remedy = f"Leave num_class out of model.toml, or set num_class = {len(classes)}."
        return label.problem(Code.WRONG_NUM_CLASS, problem, remedy, None, str(given))
    kept = (live.num_class or 0) if live and live.classes else 0
    return Task(objective, max(given or 0, len(classes), kept, TWO), classes, numeric, added)


def _other_task(label: Column, live: LiveLabel, found: str) -> Problem:
    predicted = "a number" if live.classes is None else f"{len(live.classes)} classes"
    problem = f"The label has {found} now, and the run that is live, {live.run}, predicts {predicted}."
    remedy = f"{_KEEP}, or correct the label."
    if live.classes is not None:
        remedy = f"{_KEEP}; or name what is to be learned: objective = '{MORE_CLASSES}' below [hyperparameters]."
    return label.problem(Code.TASK_CHANGED, problem, remedy, None, None)


def _third_class(label: Column, classes: Sequence[str], objective: str) -> Problem:
    names = ", ".join(map(quoted, classes))
    problem = f"With those of the run that is live, the label has {len(classes)} classes: {names}; {objective} has two."
    return label.problem(Code.TASK_CHANGED, problem, f"{_KEEP}, or leave the objective out.", None, None)


def doubts(label: Column, task: Task, settings: ModelSettings) -> Iterator[Problem]:
    """What was found, and may have been meant otherwise."""
    if settings.objective == AUTO and not settings.live and task.classes is None and isinstance(label, NumberLabel):
        few = label.values
        if few is not None and TWO < len(few) <= FEW_VALUES:
            problem = f"The label has {len(few)} different whole numbers, and is learned as a quantity."
            remedy = f"To tell them apart as classes, set objective = '{MORE_CLASSES}' below [hyperparameters]."
            yield label.problem(Code.FEW_VALUES, problem, remedy, None, None)
    if task.added:
        live = settings.live
        assert live
        assert task.classes
        names = ", ".join(map(quoted, task.classes[-task.added :]))
        problem = f"The run that is live, {live.run}, does not know {names}."
        if is_binary(live.objective) and not is_binary(task.objective):
            problem += " Its endpoint answers with one probability, and this run's with one for each class."
        remedy = "It keeps the numbers of the other classes. To number all of them anew, set classes = 'new'."
        yield label.problem(Code.NEW_CLASS, problem, remedy, None, None)
