"""Put what lies in the dead-letter queues back into the queues it came from.

Nothing is lost by it: what fails again comes back after five attempts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from cli.aws_errors import explained
from cli.outcome import CommandError, ExitCode, Outcome
from cli.stack.dead_letters import QUEUES, dead_letter_queue, look
from cli.stack.deployed_stack import DeployedStack, add_option, deployed_stack
from cli.terminal.numbers import counted
from cli.terminal.screen import Screen, Style
from cli.terminal.text import visible, wrapped

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

EXAMPLES = ("ebb redrive", "ebb redrive intake")


@dataclass(frozen=True)
class Redrive:
    """`messages`: how many lay in its dead-letter queue. `problem`: why they still do."""

    queue: str
    messages: int
    problem: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("queue", nargs="?", choices=QUEUES, help="one of them; without it: all")
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        stack = deployed_stack(given.stack)
    asked = [given.queue] if given.queue else QUEUES
    places = {queue: _places(stack, queue) for queue in asked}
    done = [_redrive(stack.clients.sqs, queue, *urls) for queue, urls in places.items()]
    code = ExitCode.FAILED if any(each.problem for each in done) else ExitCode.DONE
    document = {"stack": stack.name, "queues": [asdict(each) for each in done]}
    return Outcome(code, document, partial(_lines, done))


def _places(stack: DeployedStack, queue: str) -> tuple[str, str]:
    """The URLs of the dead-letter queue and of the queue itself."""
    return dead_letter_queue(stack, queue), stack.output(f"{queue.title()}QueueUrl")


def _redrive(sqs: SQSClient, queue: str, dead_letters: str, destination: str) -> Redrive:
    """What cannot be moved does not keep the others from it."""
    messages = 0
    try:
        with explained():
            source, messages = look(sqs, dead_letters)
            if messages:
                to, _ = look(sqs, destination)
                sqs.start_message_move_task(SourceArn=source, DestinationArn=to)
    except CommandError as error:
        return Redrive(queue, messages, str(error))
    return Redrive(queue, messages)


def _lines(done: Sequence[Redrive], screen: Screen) -> Iterator[str]:
    if not any(each.messages or each.problem for each in done):
        yield f"Nothing to do: no message lies in the dead-letter queue of {' or '.join(each.queue for each in done)}."
        return
    for each in done:
        if each.problem:
            said = f"{each.queue}: {counted(each.messages, 'message')} could not be put back. {visible(each.problem)}"
            sign = screen.paint("✗", Style.RED)
        else:
            said = f"{each.queue}: {_put_back(each.messages)}"
            sign = screen.paint("✓", Style.GREEN)
        for at, line in enumerate(wrapped(said, screen.width - 2)):
            yield f"{sign if at == 0 else ' '} {line}"


def _put_back(messages: int) -> str:
    """SQS goes on with it by itself."""
    if not messages:
        return "nothing to put back."
    return f"{counted(messages, 'message')} {'is' if messages == 1 else 'are'} being put back."
