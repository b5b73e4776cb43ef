"""SageMaker's runtime in memory: what is behind an endpoint answers, by the config that is in service."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from tests.emulated.fake_sagemaker import FakeSageMaker, client_error

ACCOUNT = "123456789012"
MAX_BYTES = 4 * 1024 * 1024  # of a serverless endpoint's request
_ANSWERING = ("InService", "Updating", "RollingBack", "SystemUpdating", "UpdateRollbackFailed")
Model = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class Invocation:
    endpoint: str
    config: str
    rows: tuple[str, ...]


@dataclass
class FakeRuntime:
    """`models`: what answers behind an endpoint config, rows in, lines out. Without one, every row's answer is 1.0."""

    sagemaker: FakeSageMaker
    models: dict[str, Model] = field(default_factory=dict)
    calls: list[Invocation] = field(default_factory=list)
    _refusals: dict[str, list[Exception]] = field(default_factory=dict)

    def refuse(self, error: Exception, endpoint: str = "") -> None:
        """The next call (of this endpoint) fails."""
        self._refusals.setdefault(endpoint, []).append(error)

    def invoke_endpoint(
        self,
        *,
        EndpointName: str,  # noqa: N803
        Body: bytes | str,  # noqa: N803
        ContentType: str = "",  # noqa: N803
        Accept: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """Answered by the old config for as long as a change goes on."""
        sent = Body.encode() if isinstance(Body, str) else Body
        endpoint = self.sagemaker.endpoints.get(EndpointName, {})
        rows = tuple(sent.decode().removesuffix("\n").split("\n"))
        config = endpoint.get("EndpointConfigName", "")
        self.calls.append(Invocation(EndpointName, config, rows))
        for key in (EndpointName, ""):
            if self._refusals.get(key):
                raise self._refusals[key].pop(0)
        if endpoint.get("EndpointStatus") not in _ANSWERING:
            raise client_error("ValidationError", f"Endpoint {EndpointName} of account {ACCOUNT} not found.")
        if len(sent) > MAX_BYTES:
            raise client_error("ValidationError", "Request 00000000-0000 has oversize body.")
        if ContentType != "text/csv":
            raise model_error(415, f"Content-type {ContentType} not supported.")
        lines = self.models.get(config, _ones)(rows)
        answer = "".join(f"{line}\n" for line in lines).encode()
        body: Any = StreamingBody(io.BytesIO(answer), len(answer))
        return {
            "Body": body,
            "ContentType": Accept or "text/csv; charset=utf-8",
            "InvokedProductionVariant": self._variant(config),
        }

    def _variant(self, config: str) -> str:
        variants = self.sagemaker.configs.get(config, {}).get("ProductionVariants", [{"VariantName": "v-1"}])
        return str(variants[0]["VariantName"])


def _ones(rows: Sequence[str]) -> Sequence[str]:
    return ["1.0" for _ in rows]


def model_error(status: int, message: str) -> ClientError:
    """The container answered, but not with 2xx."""
    who = "client" if 400 <= status < 500 else "server"
    said = f'Received {who} error ({status}) from primary with message "{message}". See https://console for more.'
    return client_error("ModelError", said, OriginalStatusCode=status, OriginalMessage=message)
