"""`ebb status` for people: the models in a table, and below it what needs somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain

from cli.stack.switched_off import told
from cli.status.model_view import ModelView, short
from cli.status.overview import Overview
from cli.terminal.numbers import counted
from cli.terminal.screen import Screen, Style
from cli.terminal.table import Cell, Head, table
from cli.terminal.text import visible, wrapped
from cli.terminal.times import ago
from ebb.names import ADOPTED

_WITH_RUN, _WITH_SINCE = 100, 70


def overview_lines(overview: Overview, stack: str, now: dt.datetime, screen: Screen) -> Iterator[str]:
    if overview.models:
        yield from _models(overview.models, now, screen)
    else:
        yield from wrapped(f"The stack {visible(stack)} has no models yet: upload a CSV to make one.", screen.width)
    if overview.adopted:
        yield ""
        yield "Adopted endpoints (tag ebb:idle-after):"
        yield from _adopted(overview, now, screen)
    yield from _notes(overview, stack, screen)


def _models(models: Sequence[ModelView], now: dt.datetime, screen: Screen) -> Iterator[str]:
    """The least important columns are left out where there is no room."""
    columns: list[tuple[Head, list[Cell]]] = [
        (Head("model"), [view.row.model for view in models]),
        (Head("state"), [view.state for view in models]),
    ]
    if screen.width >= _WITH_RUN:
        columns.append((Head("run"), [short(view.row.live_run) for view in models]))
    if screen.width >= _WITH_SINCE:
        columns.append((Head("since"), [ago(view.row.since, now) for view in models]))
    columns.append((Head("last call"), [ago(view.row.last_call, now) for view in models]))
    columns.append((Head("next", share=1), [visible(view.next_step(now)).split() for view in models]))
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    return table([head for head, _ in columns], rows, screen, whole=True)


def _adopted(overview: Overview, now: dt.datetime, screen: Screen) -> Iterator[str]:
    heads = [Head("endpoint", share=1), Head("state"), Head("last call"), Head("next")]
    cells = [
        [
            [visible(row.model.removeprefix(ADOPTED))],
            row.state.value,
            ago(row.last_call, now),
            overview.rules.told("sleep", overview.rules.sleeps_at(row), now),
        ]
        for row in overview.adopted
    ]
    return table(heads, cells, screen, whole=True)


def _notes(overview: Overview, stack: str, screen: Screen) -> Iterator[str]:
    dead = [f"{queue} ({counted(count, 'message')})" for queue, count in overview.dead_letters.items() if count]
    letters = [("!", f"What failed five times lies in the dead-letter queue of {', '.join(dead)}: ebb redrive")]
    unknown = [("?", sentence) for sentence in overview.unknown]
    off = [("!", told(stack, overview.switched_off))] if overview.switched_off else []
    notes = [*off, *chain.from_iterable(map(_of_model, overview.models)), *(letters if dead else []), *unknown]
    for sign, said in notes:
        yield ""
        for at, line in enumerate(wrapped(visible(said), screen.width - 2)):
            yield f"{screen.paint(sign, Style.YELLOW) if at == 0 else ' '} {line}"


def _of_model(view: ModelView) -> Iterator[tuple[str, str]]:
    if view.trouble:
        yield "!", f"{view.row.model} is {view.state}: {view.trouble}"
    elif view.newest:
        yield "·", f"{view.row.model}, newest upload ({view.newest['stage']}): {view.newest['sentence']}"
