"""After success: configs and models of earlier runs go, but for the run before the live one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow
from ebb.environment import FunctionSettings
from ebb.errors import is_denied, is_gone
from ebb.model_resources import configs_of, models_of
from ebb.names import model_of_endpoint, run_of_config, run_order
from ebb.own_endpoints import OwnEndpoints


@dataclass(frozen=True)
class Tidying:
    """What is newer than the live run is on its way, or was held back, and stays."""

    clients: Clients
    settings: FunctionSettings
    row: EndpointRow

    def run(self) -> list[str]:
        """The names of what was removed."""
        named = (self.clients.sagemaker, self.settings.prefix, self.row.model)
        configs = [name for name in configs_of(*named) if self._is_old(run_of_config(name))]
        models = [name for name in models_of(*named) if self._is_old(name)]
        if not configs and not models:
            return []
        used = set(self._used_configs())
        free = [name for name in configs if name not in used]
        kept = {run_of_config(name) for name in configs if name in used}
        for name in free:
            _delete(partial(self.clients.sagemaker.delete_endpoint_config, EndpointConfigName=name))
        gone = [name for name in models if name not in kept]
        for name in gone:
            _delete(partial(self.clients.sagemaker.delete_model, ModelName=name))
        return free + [name for name in gone if name not in free]

    def _is_old(self, run: str) -> bool:
        order, live = run_order(run), run_order(self.row.live_run)
        is_older = order is not None and live is not None and order < live
        return is_older and run != self.row.previous_run

    def _used_configs(self) -> Iterator[str]:
        """By any endpoint of the account, as Search knows them, and by our own, as they are now."""
        request: dict[str, Any] = {"Resource": "Endpoint", "MaxResults": 100}
        while True:
            found = self.clients.sagemaker.search(**request)
            for result in found["Results"]:
                yield result["Endpoint"]["EndpointConfigName"]
            if not found.get("NextToken"):
                break
            request["NextToken"] = found["NextToken"]
        own = OwnEndpoints(self.clients.sagemaker, self.settings.stack)
        for name, _ in own.listed(f"{self.settings.prefix}-{self.row.model}"):
            if model_of_endpoint(self.settings.prefix, name) == self.row.model and (state := own.find(name)):
                yield from (state.config, state.target)


def _delete(delete: Callable[[], object]) -> None:
    try:
        delete()
    except ClientError as error:
        # What is not there has no tags to allow it by, and what is somebody else's has other ones.
        if not is_gone(error) and not is_denied(error):
            raise
