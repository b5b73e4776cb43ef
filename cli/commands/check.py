"""Tell whether a file would be accepted, before it is uploaded: the same checks, on this machine.

Nothing is uploaded and AWS is not asked. The file is read as start_training would read it. What a run that is live
predicts already is not known here.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from cli.check import stack_parameters
from cli.check.dataset_lines import dataset_lines
from cli.check.finished_settings import finished, write
from cli.check.local_files import regular_file, unreadable
from cli.check.settings_file import SettingsFile
from cli.outcome import CommandError, ExitCode, Outcome
from cli.terminal.progress import Progress
from cli.terminal.screen import Screen
from ebb.bucket.uploads import FOLDER, SETTINGS_NAME, model_of_key
from ebb.datasets.dataset import SCHEMA, Dataset
from ebb.datasets.prepare import prepare
from ebb.datasets.source import GB, FileSource
from ebb.datasets.split import NoSink
from ebb.problems import MAX_PROBLEMS, RefusedError, summary
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.instance_types import matrix_problem

EXAMPLES = (
    "ebb check abalone.csv",
    "ebb check iris.csv --label species --write-settings",
    "ebb check abalone.csv --settings model.toml --json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the table: .csv or .csv.gz")
    parser.add_argument("--as", dest="name", metavar="NAME", help="the name that FILE will be uploaded under")
    parser.add_argument("--settings", metavar="TOML", help="without it: model.toml beside FILE, or else the defaults")
    parser.add_argument("--label", metavar="COLUMN", help="what is to be predicted: a name, or a position from 0")
    written = "write the finished model.toml: beside FILE, or to the one of --settings"
    parser.add_argument("--write-settings", action="store_true", help=written)
    parser.add_argument("--force", action="store_true", help="write it over one that is there")
    parser.add_argument("--whole", action="store_true", help="show every column and category, however many they are")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar for a large file")
    stack_parameters.add_options(parser)


def run(given: argparse.Namespace) -> Outcome:
    if given.file == "-":
        raise CommandError(ExitCode.USAGE, "Standard input cannot be read twice: save it as a file.")
    path = regular_file(given.file)
    settings = SettingsFile.of(given.settings, path, label=given.label)
    try:
        document, code = _checked(path, settings, given), ExitCode.DONE
    except RefusedError as refused:
        document, code = _refused(path, refused), ExitCode.FAILED
    return Outcome(code, document, partial(dataset_lines, document, path.name, settings.origin, whole=given.whole))


def _checked(path: Path, file: SettingsFile, given: argparse.Namespace) -> dict[str, Any]:
    settings = file.read(stack_parameters.limits(given))
    read = partial(_read, path, given)
    if not given.write_settings:
        return read(settings).as_json()
    target = file.path or path.parent / SETTINGS_NAME
    if target.exists() and not given.force:
        raise CommandError(ExitCode.FAILED, f"{target} is there already; --force writes over it.")
    dataset, text = finished(settings, read)
    write(text, target, force=given.force)
    return dataset.as_json()


def _read(path: Path, given: argparse.Namespace, settings: ModelSettings) -> Dataset:
    name = path.name if given.name is None else given.name
    model_of_key(f"{FOLDER}any/{name}")
    fits = partial(matrix_problem, instance_type=settings.training.instance_type, allowed=given.instance_types)
    stream = None if given.no_progress or given.json else sys.stderr
    try:
        with Progress(Screen.of(stream), stream) as progress:
            source = progress.of(FileSource(path), name)
            return prepare(source, settings, NoSink(), max_bytes=given.max_gb * GB, fits=fits)
    except OSError as error:
        raise unreadable(str(path), error) from error


def _refused(path: Path, refused: RefusedError) -> dict[str, Any]:
    problems = refused.problems[:MAX_PROBLEMS]
    model_toml = {"model_toml": refused.model_toml} if refused.model_toml else {}
    return model_toml | {
        "schema": SCHEMA,
        "verdict": "refused",
        "sentence": f"{path.name} was refused. {summary(problems)}",
        "problems": [problem.as_json() for problem in problems],
        "warnings": [],
    }
