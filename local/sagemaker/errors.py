"""AWS's errors, by code.

SageMakerError
├── Unreadable         SerializationException: not JSON, or a member of another JSON type than the API's
├── Invalid            ValidationException: most refusals, "not found" and "already exists" included
├── InUse              ResourceInUse: a training job's name is taken
├── LimitExceeded      ResourceLimitExceeded: a quota
├── Throttled          ThrottlingException
├── InvalidInvocation  ValidationError: the runtime API's own word for it
└── ModelFailed        ModelError: the container answered, but not with 2xx
"""

from __future__ import annotations

import json
from typing import Any

from local.adapters.sagemaker_route import Response


class SageMakerError(Exception):
    code = "InternalFailure"
    status = 500

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members = members

    def response(self) -> Response:
        body = {"__type": self.code, "message": self.message, "Message": self.message, **self.members}
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": self.code}
        return self.status, headers, json.dumps(body).encode()


class Unreadable(SageMakerError):
    code, status = "SerializationException", 400


class Invalid(SageMakerError):
    code, status = "ValidationException", 400


class InUse(SageMakerError):
    code, status = "ResourceInUse", 400


class LimitExceeded(SageMakerError):
    code, status = "ResourceLimitExceeded", 400


class Throttled(SageMakerError):
    code, status = "ThrottlingException", 400


class InvalidInvocation(SageMakerError):
    code, status = "ValidationError", 400


class ModelFailed(SageMakerError):
    code, status = "ModelError", 424
