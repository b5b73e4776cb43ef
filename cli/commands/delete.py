"""Delete a model from SageMaker; its uploads and artifacts stay.

Endpoint, candidate, configs, models and their logs go; what the ledger knows of its runs stays. The next upload makes
it a model again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from cli.arguments import add_model, add_wait
from cli.aws_errors import explained
from cli.confirmation import confirm
from cli.outcome import ExitCode, Outcome
from cli.stack.deployed_stack import add_option
from cli.stack.requests import End, Judge, ModelRequest
from ebb.aws.configs_and_models import configs_of, models_of
from ebb.aws.endpoints import OwnEndpoints
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import model_of_endpoint

EXAMPLES = ("ebb delete abalone", "ebb delete abalone --yes --wait 300")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_wait(parser)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        asked = ModelRequest.of("Delete", given)
        stays = _stays(asked)
        confirm(asked.model.name, [_goes(asked), stays], yes=given.yes)
        return asked.ask(f"Asked to delete {asked.model.name}. {stays}", _judge(asked))


def _goes(asked: ModelRequest) -> str:
    live = f", with {asked.row.live_run} behind it" if asked.row.live_run else ""
    return (
        f"Deleted: the endpoint of {asked.model.name}{live}, and its candidate, configs, models and their logs. "
        "Whoever calls it gets an error from then on. What is being trained ends by itself, and is not deployed."
    )


def _stays(asked: ModelRequest) -> str:
    bucket, name = asked.stack.output("DataBucketName"), asked.model.name
    return (
        f"Kept: s3://{bucket}/datasets/{name}/, s3://{bucket}/runs/{name}/ (artifacts included) "
        "and the rows of its runs in the ledger."
    )


def _judge(asked: ModelRequest) -> Judge:
    """The ledger forgets it first, so that nothing brings it back; it is over when SageMaker has nothing left."""

    def judge(row: EndpointRow, began: bool) -> End | None:  # noqa: ARG001, FBT001  (a Judge)
        forgotten = row.state is State.NONE and not (row.live_run or row.wanted or row.pending)
        if not forgotten or any(_left(asked)):
            return None
        return End(ExitCode.DONE, f"{row.model} is deleted.")

    return judge


def _left(asked: ModelRequest) -> Iterator[str]:
    sagemaker, model = asked.stack.clients.sagemaker, asked.model.name
    endpoint = str(asked.model.latest.get("endpoint", model))
    prefix = endpoint.removesuffix(f"-{model}")
    for name, _ in OwnEndpoints(sagemaker, asked.stack.name).listed(endpoint):
        if model_of_endpoint(prefix, name) == model:
            yield name
    yield from configs_of(sagemaker, prefix, model)
    yield from models_of(sagemaker, prefix, model)
