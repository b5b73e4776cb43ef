"""An object in the bucket that cannot be read, as a problem that only its uploader can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.aws.client_errors import code_of, message_of
from ebb.problems import Code, Problem

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WITHOUT_KEY = "Upload it without encryption options: the bucket encrypts it by itself."


def in_words(s3: S3Client, error: ClientError, found: dict[str, str]) -> ClientError:
    """HeadObject answers a bare 400 to a key of the customer's own as to an expired token: GetObject says which."""
    if code_of(error) != "400":
        return error
    try:
        s3.get_object(**found)["Body"].close()  # type: ignore[arg-type]
    except ClientError as told:
        return told
    return error


def unreadable(error: ClientError, encryption: str = "") -> Problem | None:
    """What only the uploader can mend; None for a permission of ours that is missing, and for everything else.

    HeadObject asks for the same permission on the object as GetObject, but not for its KMS key: an object that was
    found and is encrypted with KMS is denied for its key, whatever the message says.
    """
    code, message = code_of(error), message_of(error)
    if code == "InvalidObjectState":
        return _unreadable("is archived", "Restore it, or upload it again with storage class STANDARD.")
    if code.startswith("KMS."):
        return _unreadable(f"is encrypted with a KMS key that cannot be used ({code})", _WITHOUT_KEY)
    if code == "AccessDenied" and (encryption.startswith("aws:kms") or "kms:" in message or "master key" in message):
        return _unreadable("is encrypted with a KMS key that Ebb may not use", _WITHOUT_KEY)
    if code == "InvalidRequest" and "Server Side Encryption" in message:
        return _unreadable("is encrypted with a key that only the uploader has (SSE-C)", _WITHOUT_KEY)
    return None


def _unreadable(why: str, remedy: str) -> Problem:
    return Problem(Code.UNREADABLE, f"The object {why}.", remedy)
