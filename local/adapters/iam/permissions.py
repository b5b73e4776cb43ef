"""IAM and S3 answers that ministack gives more kindly, or less, than AWS."""

from __future__ import annotations

import json
import re
from typing import Any

import cbor2
from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id

from local.adapters.replacing import replace

_ASSUMED_ROLE = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")


def install() -> None:
    replace(iam_actions, "request_tag_context", _with_condition_keys)
    replace(iam_evaluator, "_resolve_condition_key", _as_aws_resolves)
    app.SERVICE_HANDLERS["s3"] = _hiding_what_may_not_be_listed(app.SERVICE_HANDLERS["s3"])


def _with_condition_keys(context_of: Any) -> Any:
    """`events:source`, `events:detail-type` and `cloudwatch:namespace`, which ministack never supplies."""

    def context_with_keys(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context = dict(context_of(service, action, body, params))
        if action == "events:PutEvents":
            entries = json.loads(body).get("Entries", [])
            context["events:source"] = _one_or_many({entry.get("Source", "") for entry in entries})
            context["events:detail-type"] = _one_or_many({entry.get("DetailType", "") for entry in entries})
        if action == "cloudwatch:PutMetricData" and (namespace := _namespace(body, params)):
            context["cloudwatch:namespace"] = namespace
        return context

    return context_with_keys


def _one_or_many(values: set[str]) -> str | list[str]:
    """A call whose entries agree has a plain value; only one that mixes them needs a set operator to match."""
    return next(iter(values)) if len(values) == 1 else sorted(values)


def _namespace(body: bytes, params: dict[str, Any]) -> str | None:
    """The namespace of a PutMetricData call in any of the three protocols that clients speak."""
    if given := params.get("Namespace"):
        return str(given[0] if isinstance(given, list) else given)
    request = json.loads(body) if body[:1] == b"{" else cbor2.loads(body)
    namespace: str | None = request.get("Namespace")
    return namespace


def _as_aws_resolves(resolve: Any) -> Any:
    """`aws:PrincipalArn` of a role session is the role's ARN, not the session's.

    `aws:SecureTransport` is true: AWS is reached by TLS only, and this cloud by loopback only. Else a bucket policy
    that demands TLS would refuse everyone here.
    """

    def resolve_key(key: str, context: Any) -> Any:
        if key.lower() == "aws:securetransport":
            return "true"
        value = resolve(key, context)
        if key.lower() == "aws:principalarn" and (session := _ASSUMED_ROLE.fullmatch(str(value))):
            partition, account, role = session.groups()
            return f"arn:{partition}:iam::{account}:role/{role}"
        return value

    return resolve_key


def _hiding_what_may_not_be_listed(handler: Any) -> Any:
    """A missing key is 404 only for callers with `s3:ListBucket`; 403 for everyone else."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        response = await handler(method, path, headers, body, query)
        bucket, _, key = path.lstrip("/").partition("/")
        if response[0] != 404 or method not in ("GET", "HEAD") or not key:
            return response
        denied = iam_evaluator.enforce(
            extract_access_key_id(headers, query), "s3:ListBucket", "s3", get_region(), f"arn:aws:s3:::{bucket}"
        )
        if not denied:
            return response
        return iam_actions.access_denied_response("s3", "s3:ListBucket", denied.principal_arn, "", headers=headers)

    return handle
