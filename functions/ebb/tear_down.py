"""One tick: every endpoint of this stack is judged, and those proven idle are deleted. Config and model stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, announce
from ebb.call_metrics import count_calls
from ebb.clients import Clients
from ebb.environment import TearDownIdleSettings
from ebb.errors import EbbError, is_gone
from ebb.idleness import EndpointFacts, Kind, Verdict, before_asking, judge
from ebb.latest import Latest
from ebb.ledger import Ledger, iso
from ebb.observability import logger


class TickIncompleteError(EbbError):
    """The pass is finished, but some endpoints could not be judged or deleted; the message names them."""


@dataclass(frozen=True)
class Tick:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime

    @property
    def window(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.settings.idle_after_minutes + self.settings.idle_margin_minutes)

    def run(self) -> dict[str, Verdict]:
        """The verdict on each endpoint. One's failure never stops the rest; at the end one error lists what failed."""
        verdicts: dict[str, Verdict] = {}
        failures = []
        for name, arn in self._candidates():
            try:
                if self._tags(arn).get("ebb:stack") == self.settings.stack:
                    verdicts[name] = self._work_on(name, arn)
            except Exception as error:  # noqa: BLE001  (all of them are raised again below)
                failures.append(f"{name}: {error}")
                logger.exception("endpoint not judged", extra={"endpoint": name})
        if failures:
            raise TickIncompleteError("; ".join(failures))
        return verdicts

    def _candidates(self) -> Iterator[tuple[str, str]]:
        """Name and ARN of everything that begins like ours."""
        begins = f"{self.settings.prefix}-"
        pages = self.clients.sagemaker.get_paginator("list_endpoints").paginate(
            NameContains=begins, PaginationConfig={"PageSize": 100}
        )
        for page in pages:
            for found in page["Endpoints"]:
                if found["EndpointName"].startswith(begins):
                    yield found["EndpointName"], found["EndpointArn"]

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self.clients.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def _work_on(self, name: str, arn: str) -> Verdict:
        facts = self._facts(name, arn)
        verdict = self._judge(facts)
        if verdict.kind is Kind.IDLE:
            # Once more right before the deletion, which cannot be made conditional.
            again = self._facts(name, arn)
            verdict = self._judge(again) if again == facts else Verdict(Kind.WAITING, "it has just changed")
        if verdict.kind is Kind.IDLE:
            self._put_to_sleep(facts, verdict)
        logger.info("verdict", extra={"endpoint": name, "verdict": verdict.kind, "reason": verdict.reason})
        return verdict

    def _facts(self, name: str, arn: str) -> EndpointFacts:
        found = self.clients.sagemaker.describe_endpoint(EndpointName=name)
        tags = self._tags(arn)
        return EndpointFacts(
            name=name,
            model=tags.get("ebb:model", "-"),
            status=found["EndpointStatus"],
            config=found["EndpointConfigName"],
            created=found["CreationTime"],
            changed=found["LastModifiedTime"],
            kept=tags.get("ebb:keep"),
        )

    def _judge(self, facts: EndpointFacts) -> Verdict:
        early = before_asking(facts, self.window, self.now)
        if early:
            return early
        config = self.clients.sagemaker.describe_endpoint_config(EndpointConfigName=facts.config)
        variants = [variant["VariantName"] for variant in config["ProductionVariants"]]
        calls = count_calls(self.clients.cloudwatch, facts.name, variants, self.window, self.now)
        return judge(facts, calls, self.window, self.now)

    def _put_to_sleep(self, facts: EndpointFacts, verdict: Verdict) -> None:
        """The ledger first: with the endpoint gone, nothing else knows which config belongs to it."""
        model, run = facts.model, facts.config
        ledger = Ledger(self.clients.dynamodb, self.settings.ledger_table)
        ledger.record_endpoint(model, "asleep", self.now, live_run=run, reason=verdict.reason)
        try:
            self._delete(facts.name)
        except ClientError:
            ledger.record_endpoint(model, "live", self.now, live_run=run, reason="it could not be deleted")
            raise
        sentence = (
            f"{facts.name} is asleep: {verdict.reason}. Its config and model {run} are kept. "
            "What it frees is a place in the endpoint quota: on demand, an idle endpoint costs nothing."
        )
        said = Announcement("EndpointAsleep", model, run, sentence, {"created": iso(facts.created)})
        announce(self.clients, self.settings.stack, said)
        Latest(model, run, "asleep", sentence, facts.name).write(self.clients.s3, self.settings.bucket, self.now)

    def _delete(self, name: str) -> None:
        try:
            self.clients.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            if not is_gone(error):
                raise
