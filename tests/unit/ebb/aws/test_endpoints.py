"""What SageMaker says of an endpoint as it is now, with its tags, and those of its config."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.aws.endpoints import OwnEndpoints

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
BASE = "arn:aws:sagemaker:eu-central-1:123456789012"
ARN, CONFIG_ARN = f"{BASE}:endpoint/ebb-abalone", f"{BASE}:endpoint-config/run-2"
SERVERLESS = {"VariantName": "v-1", "CurrentServerlessConfig": {"MemorySizeInMB": 2048, "ProvisionedConcurrency": 2}}
Refusals = dict[str, tuple[str, str]]
GONE = ("ValidationException", "Could not find endpoint")
DENIED = ("AccessDeniedException", "not authorized to perform: sagemaker:DescribeEndpoint")


class FakeSageMaker:
    """One endpoint; the tags of each ARN; `refused`: ARNs and operations that are answered with an error."""

    def __init__(self, tags: dict[str, dict[str, str]], *variants: dict[str, Any], refused: Refusals) -> None:
        self.tags, self.variants, self.refused = tags, list(variants or [SERVERLESS]), refused
        self.asked: list[str] = []

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        self._refuse("endpoint")
        times = {"CreationTime": NOW, "LastModifiedTime": NOW}
        told = {"EndpointName": EndpointName, "EndpointArn": ARN, "EndpointConfigName": "run-2"}
        return told | times | {"EndpointStatus": "InService", "ProductionVariants": self.variants}

    def get_paginator(self, operation: str) -> "FakeSageMaker":
        assert operation == "list_tags"
        return self

    def paginate(self, *, ResourceArn: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        self.asked.append(ResourceArn)
        self._refuse("config" if ResourceArn == CONFIG_ARN else "tags")
        yield {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.get(ResourceArn, {}).items()]}

    def _refuse(self, what: str) -> None:
        if what in self.refused:
            code, message = self.refused[what]
            raise ClientError({"Error": {"Code": code, "Message": message}}, what)


def facts(
    own: dict[str, str],
    *variants: dict[str, Any],
    of_config: dict[str, str] | None = None,
    refused: Refusals | None = None,
) -> Any:
    sagemaker: Any = FakeSageMaker({ARN: own, CONFIG_ARN: of_config or {}}, *variants, refused=refused or {})
    return OwnEndpoints(sagemaker, "ebb").look("ebb-abalone"), sagemaker.asked


def test_an_endpoint_of_ours_is_described_with_its_tags_and_its_configs() -> None:
    found, _ = facts({"ebb:stack": "ebb"}, of_config={"ebb:keep": "true"})
    assert (found.arn, found.config, found.variant, found.created) == (ARN, "run-2", "v-1", NOW)
    assert (found.serverless, found.provisioned) == ({"MemorySizeInMB": 2048, "ProvisionedConcurrency": 2}, 2)
    assert (found.tags, found.keep) == ({"ebb:stack": "ebb"}, "true")


@pytest.mark.parametrize("tags", [{"ebb:stack": "ebb", "ebb:keep": "false"}, {"ebb:idle-after": "60"}])
def test_a_config_is_asked_only_where_it_may_say_something(tags: dict[str, str]) -> None:
    """What the endpoint itself says goes first; an adopted one's config has no tag of ours, and may not be asked."""
    found, asked = facts(tags, of_config={"ebb:keep": "true"})
    assert (asked, found.keep) == ([ARN], tags.get("ebb:keep"))


@pytest.mark.parametrize("variants", [[{"VariantName": "v-1", "InstanceCount": 1}], [SERVERLESS, SERVERLESS]])
def test_what_has_instances_or_several_variants_is_not_serverless(variants: list[dict[str, Any]]) -> None:
    found, _ = facts({"ebb:stack": "ebb"}, *variants)
    assert found.serverless is None


@pytest.mark.parametrize(("what", "error"), [("endpoint", GONE), ("endpoint", DENIED), ("tags", GONE)])
def test_what_is_gone_or_not_ours_to_look_at_is_none(what: str, error: tuple[str, str]) -> None:
    found, _ = facts({"ebb:stack": "ebb"}, refused={what: error})
    assert found is None


@pytest.mark.parametrize("what", ["tags", "config"])
def test_tags_that_may_not_be_read_are_a_mistake_in_a_role(what: str) -> None:
    """They are read by name: taken for none, a person's ebb:keep would be overlooked."""
    with pytest.raises(ClientError, match="AccessDenied"):
        facts({"ebb:stack": "ebb"}, refused={what: DENIED})


def test_a_config_that_is_gone_says_nothing() -> None:
    found, _ = facts({"ebb:stack": "ebb"}, of_config={"ebb:keep": "true"}, refused={"config": GONE})
    assert found.keep is None
