"""What only all labels together show: that there is nothing to learn, or that the column is none that anybody meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ebb.datasets.columns import Column
from ebb.datasets.label_column import ClassWords, NumberLabel
from ebb.datasets.label_rule import How
from ebb.datasets.table import Table
from ebb.datasets.task import words_in_order
from ebb.problems import Code, Problem, quoted

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def constant_label(label: Column) -> Iterator[Problem]:
    value = None
    if isinstance(label, NumberLabel) and label.minimum == label.maximum:
        value = label.least
    if isinstance(label, ClassWords) and len(words := words_in_order(label)) == 1:
        value = words[0]
    if value is not None:
        remedy = "Name the column that holds the label: label = … in model.toml; -1 is the last one."
        problem = f"The label is {quoted(value)} in every row, so there is nothing to learn."
        yield label.problem(Code.CONSTANT_LABEL, problem, remedy, None, value)


def label_that_nobody_named(table: Table) -> str:
    """Why it is none, as a clause; empty where it may be one."""
    how, label, order = table.layout.how, table.label, table.order
    column = f"column {label.position}" if label.name is None else f"the column {quoted(label.name)}"
    if how is How.NAMED:
        return ""
    if order.counts_the_rows:
        return f"{column} counts the rows"
    if how is How.FIRST and order.rises_with_the_rows:
        return f"{column} rises with every row, as ids and times do"
    if how is How.FIRST and isinstance(label, ClassWords):
        if all(map(_ISO_DATE.match, label.values)):
            return f"{column} holds dates"
        if all(count == 1 for count in label.values.values()):
            return f"{column} has another text in every row, as names and ids have"
    return ""
