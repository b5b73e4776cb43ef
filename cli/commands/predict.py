"""Ask a model for predictions; one that sleeps is woken.

Rows are sent as they are in the uploaded file, the label left out. FILE is CSV or JSON; of a large one as many rows
are sent at once as fit. The answers are a line per row, in the file's order; with --json they are one document.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cli.arguments import add_model, add_wait
from cli.aws_errors import explained
from cli.check.local_files import regular_file, unreadable
from cli.outcome import CommandError, ExitCode, Outcome
from cli.predict.predict_url import MOST_HELD, PredictUrl
from cli.predict.row_batches import CSV, JSON, Piece, rows_of
from cli.stack.deployed_stack import add_option, deployed_stack
from cli.stack.polling import Patience
from cli.terminal.status_line import StatusLine
from cli.terminal.text import visible
from ebb.aws.clients import aws
from ebb.names import MODEL_RULE, is_model_name

EXAMPLES = (
    "ebb predict abalone rows.csv",
    "ebb predict abalone rows.json --json",
    """echo '{"sex": "M", "length": 0.455}' | ebb predict abalone - --type json --wait 600""",
)
VARIABLE = "EBB_PREDICT_URL"
_TYPES = {"csv": CSV, "json": JSON}


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("file", metavar="FILE", help="rows to predict: .csv or .json, or - for standard input")
    parser.add_argument("--type", choices=sorted(_TYPES), help="what FILE is; without it: by its ending, - is csv")
    add_wait(parser, default=MOST_HELD)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    if not is_model_name(given.model):
        raise CommandError(ExitCode.NOT_FOUND, f"'{given.model}' is no model: {MODEL_RULE}.")
    rows = rows_of(_read(given.file), _type(given))
    with explained(), StatusLine.on(sys.stderr, quiet=given.json) as line:
        call = Call(_url(given.stack), given.model, JSON if given.json else CSV, Patience(given.wait), line)
        bodies = [body for piece in rows.pieces() for body in call.answers(piece)]
    if given.json:
        document = _merged([json.loads(body) for body in bodies], rows)
        return Outcome(ExitCode.DONE, document, lambda _: ())
    said = [answer for body in bodies for answer in body.decode(errors="replace").splitlines()]
    _check_number(rows, len(bodies), len(said))
    return Outcome(ExitCode.DONE, {}, lambda _: map(visible, said))


@dataclass
class Call:
    url: PredictUrl
    model: str
    accept: str
    patience: Patience
    line: StatusLine

    def answers(self, piece: Piece) -> Iterator[bytes]:
        """More than one where the rows are too many for one."""
        while True:
            held = min(int(self.patience.left), MOST_HELD)
            headers = {"Content-Type": piece.type, "Accept": self.accept} | ({"Prefer": f"wait={held}"} if held else {})
            answer = self.url.post(f"models/{self.model}/predictions", piece.body, headers)
            if answer.status == HTTPStatus.OK:
                yield answer.body
                return
            if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(piece.rows) > 1:
                for half in piece.halves():
                    yield from self.answers(half)
                return
            if not answer.may_pass or not self.patience.left:
                raise answer.error(piece.first)
            self.line.show(f"{self.patience.left:.0f} s left: {answer.error()}")
            self.patience.rest(min(answer.retry_after, self.patience.left))


def _url(stack: str | None) -> PredictUrl:
    """A stack that is named wins over the variable."""
    address = "" if stack else os.environ.get(VARIABLE, "")
    if address:
        return PredictUrl(f"{address.rstrip('/')}/", aws().session)
    found = deployed_stack(stack)
    return PredictUrl(f"{found.output('PredictUrl').rstrip('/')}/", found.clients.session)


def _type(given: argparse.Namespace) -> str:
    ending = given.type or ("csv" if given.file == "-" else Path(given.file).suffix.lower().removeprefix("."))
    if ending not in _TYPES:
        raise CommandError(ExitCode.USAGE, f"{given.file} ends neither in .csv nor in .json: say which with --type.")
    return _TYPES[ending]


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return regular_file(file).read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error


def _merged(answers: list[dict[str, Any]], rows: Piece) -> dict[str, Any]:
    """The answers of all pieces as one, if one run has given them all."""
    runs = list(dict.fromkeys(str(answer.get("run")) for answer in answers))
    if len(runs) > 1:
        raise CommandError(
            ExitCode.FAILED, f"The model has changed meanwhile, from {runs[0]} to {runs[-1]}: send the rows again."
        )
    predictions = [prediction for answer in answers for prediction in answer["predictions"]]
    _check_number(rows, len(answers), len(predictions))
    return answers[0] | {"predictions": predictions}


def _check_number(rows: Piece, pieces: int, answered: int) -> None:
    """In a file of several pieces a first line that was taken for a header, or for none, would be counted wrongly."""
    if pieces > 1 and answered != len(rows.rows):
        raise CommandError(
            ExitCode.FAILED,
            f"{len(rows.rows)} rows were sent, {answered} were answered: it is not clear whether the first line is "
            "a header. Send the file in parts, or as JSON.",
        )
