"""`--write-settings`: the finished model.toml of a file; what it cannot be accepted with is left out, and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.outcome import CommandError, ExitCode
from ebb.datasets.dataset import Dataset
from ebb.datasets.predicts import what_it_predicts
from ebb.datasets.suggestion import written
from ebb.problems import Code, Problem, RefusedError
from ebb.settings.model_settings import ModelSettings
from ebb.settings.toml_writing import toml_column

Read = Callable[[ModelSettings], Dataset]
_MOST_TRIES = 100
_WHY = {
    Code.TOO_MANY_VALUES: "too many different texts",
    Code.UNNAMED_COLUMN: "no name",
    Code.DUPLICATE_COLUMN: "the name of another column",
}


def finished(settings: ModelSettings, read: Read) -> tuple[Dataset, str]:
    """The dataset as it is accepted, and the text; RefusedError where leaving columns out does not mend it."""
    left_out: dict[int, str] = {}
    for _ in range(_MOST_TRIES):
        tried = replace(settings, drop=(*settings.drop, *left_out))
        try:
            dataset = read(tried)
        except RefusedError as refused:
            more = {problem.column: _WHY[problem.code] for problem in refused.problems if _can_be_left_out(problem)}
            more = {column: why for column, why in more.items() if column not in left_out}
            if not more or len(more) < len({problem.column for problem in refused.problems}):
                raise
            left_out |= {column: why for column, why in more.items() if column is not None}
        else:
            return dataset, text_of(dataset.as_json(), settings, left_out)
    raise CommandError(ExitCode.FAILED, f"More than {_MOST_TRIES} times columns had to be left out.")


def _can_be_left_out(problem: Problem) -> bool:
    return problem.code in _WHY and problem.column is not None


def text_of(dataset: dict[str, Any], settings: ModelSettings, left_out: dict[int, str]) -> str:
    """`left_out`: beside what the settings leave out, and why."""
    names = {column["position"]: column["name"] for column in dataset["columns"]}
    label = dataset["label"]
    kept = [(toml_column(-1, name) if isinstance(name, str) else str(name), "") for name in settings.drop]
    more = [(toml_column(position, names[position]), why) for position, why in sorted(left_out.items())]
    about = what_it_predicts(dataset)
    objective = settings.objective
    found = [f"Found from the label: {dataset['objective']}."] if objective == "auto" else []
    return written(
        settings,
        header=dataset["format"]["header"],
        label=toml_column(label["position"], label["name"]),
        about_label=[f"The model {about}."],
        drop=[*kept, *more],
        about_objective=found,
    )


def write(text: str, path: Path, *, force: bool) -> None:
    """CommandError rather than over a file that somebody has written."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandError(ExitCode.FAILED, f"{path} is there already; --force writes over it.") from error
    except OSError as error:
        raise CommandError(ExitCode.FAILED, f"{path} cannot be written: {error.strerror}.") from error
