"""A stack's predict URL: signed as AWS asks for it, its errors as sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.exceptions import HTTPClientError, NoCredentialsError, NoRegionError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from cli.outcome import CommandError, ExitCode

if TYPE_CHECKING:
    import boto3

MOST_HELD = 120  # seconds that one request is held at most
_TIMEOUT = (5, 305)  # the function's own time is over sooner
_USUAL_RETRY = 5.0
_REGION = re.compile(r"\.lambda-url\.([a-z0-9-]+)\.on\.aws")
_CODES: Mapping[int, ExitCode] = {
    HTTPStatus.NOT_FOUND: ExitCode.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: ExitCode.WAITING,
    HTTPStatus.SERVICE_UNAVAILABLE: ExitCode.WAITING,
    HTTPStatus.GATEWAY_TIMEOUT: ExitCode.WAITING,
}


class PredictionError(CommandError):
    """What the URL answered instead of predictions."""

    def __init__(self, code: ExitCode, sentence: str, answered: dict[str, Any]) -> None:
        super().__init__(code, sentence)
        self.answered = answered

    @property
    def document(self) -> dict[str, Any]:
        return {"error": {"code": self.code.name.lower(), "message": str(self)} | self.answered}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after: float

    @property
    def may_pass(self) -> bool:
        """Worth asking again."""
        return _CODES.get(self.status) is ExitCode.WAITING

    def error(self, rows_before: int = 0) -> PredictionError:
        """`rows_before`: in the file, ahead of the piece that was sent."""
        told = dict(self._error)
        if isinstance(told.get("row"), int):
            told["row"] += rows_before
        said = told["message"]
        if told.get("row") is not None:
            said = f"Row {told['row']}, counted from 0: {said}"
        return PredictionError(_CODES.get(self.status, ExitCode.FAILED), said, told)

    @cached_property
    def _error(self) -> dict[str, Any]:
        """Lambda and a proxy have answers of their own."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if isinstance(found, dict) and isinstance(error := found.get("error"), dict) and error.get("message"):
            return error | {"message": str(error["message"])}
        if self.status == HTTPStatus.FORBIDDEN:
            return {"message": _FORBIDDEN}
        text = self.body.decode(errors="replace").strip()[:200]
        return {"message": f"The predict URL answered {self.status}{f': {text}' if text else ''}."}


_FORBIDDEN = (
    "Your credentials do not allow a call of the predict URL: attach the managed policy that the stack's output "
    "PredictCallersPolicyArn names."
)


@dataclass(frozen=True)
class PredictUrl:
    """`address` ends with a slash."""

    address: str
    session: boto3.session.Session

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        request = AWSRequest("POST", f"{self.address}{path}", headers, body)
        credentials = self.session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        SigV4Auth(credentials.get_frozen_credentials(), "lambda", self._region).add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except (UnreachableError, HTTPClientError) as error:
            raise CommandError(ExitCode.FAILED, f"{self.address} cannot be asked: {error}.") from error
        wait = answer.headers.get("Retry-After", "")
        return Answer(answer.status_code, answer.content, float(wait) if wait.isdecimal() else _USUAL_RETRY)

    @cached_property
    def _http(self) -> URLLib3Session:
        bundle = self.session._session.get_config_variable("ca_bundle")  # noqa: SLF001  (boto3 shows it nowhere else)
        proxies = get_environ_proxies(self.address)
        return URLLib3Session(verify=bundle or True, proxies=proxies, timeout=_TIMEOUT)  # type: ignore[arg-type]

    @property
    def _region(self) -> str:
        named = _REGION.search(self.address)
        region = named[1] if named else self.session.region_name
        if not region:
            raise NoRegionError
        return region
