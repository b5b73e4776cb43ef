"""moto without what takes it long and nobody here needs: more than a third of the time of these tests.

`mock_aws` also listens to the library `requests`, for which it prepares thousands of answers each time; each request is
signed, and says at length by whom it is made, which moto does not read; and moto finds out anew for each request where
its services answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import UNSIGNED
from moto.backend_index import backend_url_patterns
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.model_instances import reset_model_data
from moto.core.models import botocore_stubber


@contextmanager
def moto() -> Iterator[None]:
    """For clients of botocore only; nothing is left of what was made inside."""
    botocore_stubber.enabled = True
    try:
        yield
    finally:
        botocore_stubber.enabled = False
        BackendDict.reset()
        reset_model_data()


def hasten(client: Any) -> None:
    meta = client.meta
    scope = f"made-up/20260101/{meta.region_name}/{meta.service_model.signing_name}/aws4_request"
    meta.events.register("choose-signer", lambda **_: UNSIGNED)
    meta.events.register("request-created", lambda request, **_: _say_who(request, scope))
    client._user_agent_creator.to_string = lambda: "tests"


def _say_who(request: Any, scope: str) -> None:
    """moto takes the region from there."""
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"


# It asks each of its services in turn whether an address is theirs.
OURS = ("sqs", "dynamodb", "events", "cloudwatch", "logs", "s3")
backend_url_patterns.sort(key=lambda service: OURS.index(service[0]) if service[0] in OURS else len(OURS))

_urls_of: Any = BaseBackend.urls.fget  # type: ignore[attr-defined]


_by_class: dict[type, Any] = {}


def _urls(backend: BaseBackend) -> Any:
    if type(backend) not in _by_class:
        _by_class[type(backend)] = _urls_of(backend)
    return _by_class[type(backend)]


BaseBackend.urls = property(_urls)  # type: ignore[assignment]
