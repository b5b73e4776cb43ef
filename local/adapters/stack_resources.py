"""CloudFormation: a bucket that holds anything is not deleted; a bucket's lifecycle rules, which ministack drops."""

from __future__ import annotations

from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

_SAME = ("Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")


def install() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    handlers["delete"] = _empty_only(handlers["delete"])
    for name in ("create", "update"):
        handlers[name] = _with_lifecycle(handlers[name], properties=1 if name == "create" else 2)


def _empty_only(delete: Any) -> Any:
    def delete_bucket(name: str, properties: dict[str, Any]) -> None:
        bucket = s3._buckets.get(name) or {"objects": {}}
        hint = " You must delete all versions in the bucket." if s3._bucket_has_versions(name) else ""
        if bucket["objects"] or hint:
            raise ValueError(f"The bucket you tried to delete is not empty.{hint} (Service: S3, Status Code: 409)")
        delete(name, properties)

    return delete_bucket


def _with_lifecycle(provision: Any, properties: int) -> Any:
    def provisioned(*arguments: Any) -> Any:
        name, attributes = provision(*arguments)
        rules = arguments[properties].get("LifecycleConfiguration", {}).get("Rules", [])
        if rules:
            s3._bucket_lifecycle[name] = [_rule(rule) for rule in rules]
        else:
            s3._bucket_lifecycle.pop(name, None)
        return name, attributes

    return provisioned


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A template's rule in the shape of S3's own."""
    tags, prefix = rule.get("TagFilters", []), rule.get("Prefix", "")
    own: dict[str, Any] = {name: rule[name] for name in _SAME if name in rule}
    own["Filter"] = {"Prefix": prefix}
    if len(tags) == 1 and not prefix:
        own["Filter"] = {"Tag": tags[0]}
    elif tags:
        own["Filter"] = {"And": {"Prefix": prefix, "Tags": tags}}
    if "Id" in rule:
        own["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        own["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        own["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    return own
