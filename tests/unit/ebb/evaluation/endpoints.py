"""Endpoints in this process: what is asked of them, and the answers that a test gives them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

Model = Callable[[list[str]], Sequence[object]]


@dataclass
class FakeEndpoint:
    """Gives each line of a request an answer. `failures` are raised first, one a call."""

    model: Model
    failures: list[Exception] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    @property
    def client(self) -> SageMakerRuntimeClient:
        return cast("SageMakerRuntimeClient", self)

    def invoke_endpoint(self, *, EndpointName: str, Body: bytes, ContentType: str, Accept: str) -> dict[str, Any]:  # noqa: N803
        assert (EndpointName, ContentType, Accept) == ("ebb-abalone", "text/csv", "text/csv")
        self.bodies.append(Body.decode())
        if self.failures:
            raise self.failures.pop(0)
        answers = self.model(self.bodies[-1].split("\n"))
        text = "".join(f"{answer}\n" for answer in answers)
        return {"Body": io.BytesIO(text.encode()), "InvokedProductionVariant": "v-0123abcd", "ContentType": "text/csv"}


def refusal(code: str, message: str = "", http_status: int = 400, **members: object) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": http_status},
        **members,
    }
    return ClientError(response, "InvokeEndpoint")


def first_cell(lines: list[str]) -> list[str]:
    """A model whose answer is its first feature."""
    return [line.split(",")[0] for line in lines]
