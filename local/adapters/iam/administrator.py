"""One administrator with a real key. ministack lets `test` and every account number in as root, unchecked."""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import iam, sts

from local.adapters.replacing import replace
from local.settings import Settings

_NAME = "administrator"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def install(settings: Settings) -> None:
    responses.set_request_account_id(settings.account)
    policy = {"PolicyName": ["everything"], "PolicyDocument": [json.dumps(_EVERYTHING)]}
    iam._create_user({"UserName": [_NAME]})
    iam._put_user_policy({"UserName": [_NAME], **policy})
    iam._access_keys[settings.access_key] = {
        "UserName": _NAME,
        "AccessKeyId": settings.access_key,
        "SecretAccessKey": settings.secret,
        "Status": "Active",
        "CreateDate": iam._now(),
    }
    for module in (iam_evaluator, sts):
        replace(module, "is_root_access_key", _unsigned_only)


def _unsigned_only(_: Any) -> Any:
    def is_root(access_key_id: str) -> bool:
        # A call without any key is refused later, where S3's public objects and function URLs are told apart.
        return not access_key_id

    return is_root
