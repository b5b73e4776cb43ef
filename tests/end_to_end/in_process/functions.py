"""The functions of functions/, in the test's process: imported once as Lambda would, joined to each case's stack."""

from __future__ import annotations

import importlib
import io
import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ebb.aws.clients import Clients
from tests.end_to_end.in_process.blueprint import Blueprint
from tests.end_to_end.in_process.queues import QueuedMessage
from tests.end_to_end.in_process.wire import ProcessKilled, Session

_QUIET = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "POWERTOOLS_SERVICE_NAME": "in-process",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


def _is_ours(module: str) -> bool:
    return module == "ebb" or module.startswith("ebb.")


@cache
def _modules(variables: frozenset[str], *functions: str) -> dict[str, ModuleType]:
    """With a package of their own: other tests find `ebb` as they left it."""
    others = {name: module for name, module in sys.modules.items() if _is_ours(name)}
    for name in others:
        del sys.modules[name]
    try:
        return {function: _imported(function, variables) for function in functions}
    finally:
        for name in [name for name in sys.modules if _is_ours(name)]:
            del sys.modules[name]
        sys.modules.update(others)


def _imported(name: str, variables: frozenset[str]) -> ModuleType:
    """The settings read now are replaced for each case."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in (dict.fromkeys(variables, "1") | _QUIET).items():
            patch.setenv(variable, value)
        patch.delitem(sys.modules, name, raising=False)
        module = importlib.import_module(name)
        del sys.modules[name]
        return module


@dataclass
class Functions:
    """`failures`: what escaped from a handler, for people who look for a reason."""

    blueprint: Blueprint
    session: Session

    def __post_init__(self) -> None:
        names = self.blueprint.functions()
        environments = {name: self.blueprint.environment(function) for name, function in names.items()}
        variables = frozenset(variable for environment in environments.values() for variable in environment)
        self.modules = _modules(variables, *sorted(names))
        self.failures: list[str] = []
        clients = Clients(self.session)  # type: ignore[arg-type]
        for name, environment in environments.items():
            self._join(self.modules[name], environment, clients)

    def _join(self, module: ModuleType, variables: dict[str, str], clients: Clients) -> None:
        """As if it had been imported in the case's own environment."""
        module.settings = type(module.settings).from_environment(variables)  # type: ignore[attr-defined]
        module.clients = clients  # type: ignore[attr-defined]
        module.own_prefix = type(module.own_prefix)(certain=True)  # type: ignore[attr-defined]  # as of one that runs

    def work(self, name: str, message: QueuedMessage) -> bool:
        """Whether the message is done with."""
        answer = self.invoke(name, {"Records": [message.record()]})
        return answer is not None and not answer.get("batchItemFailures")

    def invoke(self, name: str, event: dict[str, Any]) -> dict[str, Any] | None:
        """What the function returns; None when it raised, or was killed."""
        context = SimpleNamespace(
            function_name=name,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:{name}",
            aws_request_id="request",
            get_remaining_time_in_millis=lambda: 900_000,
        )
        quiet = redirect_stdout(io.StringIO()), warnings.catch_warnings(category=UserWarning, action="ignore")
        wire = self.session.wire
        try:
            with quiet[0], quiet[1], wire.invocation(name, lambda: self.invoke(name, event)):
                return dict(self.modules[name].handler(event, context) or {})
        except ProcessKilled:
            self.failures.append(f"{name}: killed")
        except Exception as error:  # noqa: BLE001  (whatever it is, AWS delivers again)
            *_, last = str(error).strip().splitlines() or [""]
            self.failures.append(f"{name}: {type(error).__name__}: {last}")
        return None
