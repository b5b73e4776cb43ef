"""Remove what a stack has made in SageMaker, before the stack itself.

Its schedule and queues are switched off, running jobs stopped, endpoints deleted and waited for, then configs, models
and their logs; the journal is written into the bucket. It is done with your own credentials. Run it again and it goes
on where it was; --undo switches the stack on again. Adopted endpoints, and what carries its prefix but not its tag, are
left. Bucket and ledger are kept.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

from cli.arguments import add_wait
from cli.aws_errors import explained
from cli.confirmation import confirm
from cli.outcome import CommandError, ExitCode, Outcome
from cli.stack.deployed_stack import DeployedStack, add_option, deployed_stack
from cli.stack.known_model import ledger_of, model_names
from cli.stack.polling import Patience
from cli.stack.switched_off import mark_switched_off, mark_switched_on
from cli.terminal.status_line import StatusLine
from cli.uninstall.endpoint_logs import delete_logs
from cli.uninstall.journal import keep_journal
from cli.uninstall.lines import undo_lines, uninstall_lines
from cli.uninstall.removal import Done, Removal
from cli.uninstall.retained import retained
from cli.uninstall.sagemaker_resources import SageMakerResources
from cli.uninstall.schedules_and_queues import switch_off, switch_on

EXAMPLES = ("ebb uninstall --dry-run", "ebb uninstall && sam delete --stack-name ebb", "ebb uninstall --undo")
_USUAL_WAIT = 900
_SUFFIX = "-deploy-endpoint"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only list what would be done")
    parser.add_argument("--undo", action="store_true", help="switch on again what an earlier one has switched off")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_wait(parser, default=_USUAL_WAIT)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        stack = deployed_stack(given.stack)
        if given.undo:
            return _undo(stack)
        prefix = _prefix(stack)
        told = (
            f"Everything that the stack {stack.name} has in SageMaker is deleted, and its callers get errors. "
            "`ebb uninstall --dry-run` lists it. Bucket and ledger are kept."
        )
        confirm(stack.name, [told], yes=given.yes or given.dry_run)
        with StatusLine.on(sys.stderr, quiet=given.json) as line:
            removal = Removal(dry=given.dry_run, show=line.show)
            now = dt.datetime.now(dt.UTC)
            _remove(stack, prefix, removal, given.wait)
            stays = retained(stack, prefix, removal, keep_journal(stack, removal, now), now)
    document = {
        "stack": stack.name,
        "dry_run": given.dry_run,
        "steps": [asdict(step) for step in removal.steps],
        "stays": [asdict(each) for each in stays],
        "next": _next(stack, removal),
    }
    return Outcome(_code(removal), document, partial(uninstall_lines, document))


def _remove(stack: DeployedStack, prefix: str, removal: Removal, wait: float) -> None:
    """The machinery first, so that nothing is created behind our back; what others need comes last."""
    if not removal.dry:
        removal.attempt("ledger", stack.name, "marked", lambda: mark_switched_off(stack, dt.datetime.now(dt.UTC)))
    switch_off(stack, removal)
    resources = SageMakerResources(stack.clients.sagemaker, stack.name, _prefixes(stack, prefix, removal), removal)
    resources.stop_jobs()
    resources.delete_endpoints(Patience(wait))
    resources.delete_definitions()
    models = removal.find("model of the bucket", lambda: set(model_names(stack))) or set()
    delete_logs(stack.clients.logs, prefix, models, resources.foreign, removal)


def _undo(stack: DeployedStack) -> Outcome:
    """What was deleted comes back by `ebb wake`, as long as its config, or its job, is there."""
    removal = Removal()
    switch_on(stack, removal)
    if not removal.has(Done.FAILED):
        removal.attempt("ledger", stack.name, "marked", lambda: mark_switched_on(stack))
    document = {
        "stack": stack.name,
        "dry_run": False,
        "steps": [asdict(step) for step in removal.steps],
        "stays": [],
        "next": "ebb uninstall --undo" if removal.has(Done.FAILED) else "ebb status",
    }
    return Outcome(_code(removal), document, partial(undo_lines, document))


def _prefixes(stack: DeployedStack, prefix: str, removal: Removal) -> tuple[str, ...]:
    """The stack's, and any that it was deployed with before, which its ledger knows by the names of its runs."""
    rows = removal.find("former prefix", lambda: list(ledger_of(stack).endpoints())) or []
    former = {row.live_run.partition("-")[0] for row in rows if row.live_run}
    return (prefix, *sorted(former - {prefix}))


def _prefix(stack: DeployedStack) -> str:
    function = stack.output("DeployEndpointFunctionName")
    if not function.endswith(_SUFFIX):
        raise CommandError(
            ExitCode.FAILED, f"{function} is no function of Ebb's: which names are its own is not known."
        )
    return function.removesuffix(_SUFFIX)


def _code(removal: Removal) -> ExitCode:
    if removal.has(Done.FAILED):
        return ExitCode.FAILED
    return ExitCode.WAITING if removal.has(Done.WAITING) else ExitCode.DONE


def _next(stack: DeployedStack, removal: Removal) -> str:
    if removal.dry:
        return "ebb uninstall"
    if _code(removal) is not ExitCode.DONE:
        return "ebb uninstall"
    region: Any = stack.clients.session.region_name
    return f"sam delete --stack-name {stack.name} --region {region}"
