"""Try a model's newest run again: its training if that failed, its deployment if it was held back or taken back.

What was refused is told with its remedies instead: the same file would be refused again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from cli.arguments import add_model
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.deployed_stack import DeployedStack, add_option, deployed_stack
from cli.stack.known_model import KnownModel, known_model
from cli.stack.requests import ask
from cli.stack.reupload import upload_again
from cli.terminal.problem_lines import problem_lines
from cli.terminal.screen import Screen, Style
from cli.terminal.text import visible, wrapped
from ebb.ledger.endpoint_row import State

EXAMPLES = ("ebb retry abalone",)
_NOT_DEPLOYED = ("held-back", "rolled-back", "deleted")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        stack = deployed_stack(given.stack)
        return _retry(stack, known_model(stack, given.model))


def _retry(stack: DeployedStack, known: KnownModel) -> Outcome:
    """A broken endpoint comes first: nothing else can go live before it is mended."""
    model, endpoint, latest = known.name, known.row, known.latest
    stage, run = latest.get("stage", endpoint.state.value), latest.get("run", endpoint.live_run)
    if endpoint.state is State.BROKEN and endpoint.wanted:
        return _deploy_again(stack, model, endpoint.wanted.run, State.BROKEN.value)
    if stage == "refused":
        said = f"The newest upload of {model} was refused, and would be refused again. Correct it and upload it again."
        return _outcome(
            stack, model, "refused", said, ExitCode.FAILED, run=run, stage=stage, problems=latest["problems"]
        )
    if stage == "failed":
        return _train_again(stack, model, run)
    if stage in _NOT_DEPLOYED:
        return _deploy_again(stack, model, run, stage)
    return _outcome(stack, model, "nothing", f"Nothing to retry: {model} is {stage}.", run=run, stage=stage)


def _train_again(stack: DeployedStack, model: str, run: str) -> Outcome:
    """The same bytes as a new version: the names of the failed run are used up."""
    key, version = upload_again(stack, model, run)
    said = f"{key} is uploaded again, with the same content, as version {version}. It is trained as a new run."
    return _outcome(stack, model, "train", said, run=run, stage="failed", key=key, version_id=version)


def _deploy_again(stack: DeployedStack, model: str, run: str, stage: str) -> Outcome:
    ask(stack, "Retry", model=model, run=run)
    was = "its endpoint is broken" if stage == State.BROKEN else f"it was {stage.replace('-', ' ')}"
    return _outcome(stack, model, "deploy", f"Asked to deploy {run} again; {was}.", run=run, stage=stage)


def _outcome(
    stack: DeployedStack, model: str, action: str, sentence: str, code: ExitCode = ExitCode.DONE, **facts: Any
) -> Outcome:
    document = {"stack": stack.name, "model": model, "action": action, "sentence": sentence} | facts
    journal = stack.outputs.get("JournalLogGroupName")
    return Outcome(code, document, lambda screen: retry_lines(document, journal, screen))


def retry_lines(document: dict[str, Any], journal: str | None, screen: Screen) -> Iterator[str]:
    sign = {"refused": screen.paint("✗", Style.RED), "nothing": "·"}.get(
        document["action"], screen.paint("✓", Style.GREEN)
    )
    for at, line in enumerate(wrapped(visible(document["sentence"]), screen.width - 2)):
        yield f"{sign if at == 0 else ' '} {line}"
    yield from problem_lines(document.get("problems", []), screen, Style.BOLD)
    if document["action"] in ("train", "deploy") and journal:
        yield f"  Watch it: aws logs tail {visible(journal)} --follow"
