"""One tick: every endpoint of this stack is judged, and those proven idle are deleted. Config and model stay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, announce
from ebb.call_metrics import count_calls
from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, State
from ebb.environment import TearDownIdleSettings
from ebb.errors import ConflictError, is_denied, is_gone
from ebb.failures import Failures
from ebb.idleness import EndpointFacts, Kind, Verdict, before_asking, judge
from ebb.latest import Latest
from ebb.ledger import Ledger, iso
from ebb.names import run_of_config
from ebb.observability import logger
from ebb.own_endpoints import OwnEndpoints
from ebb.survey import OwnEndpoint, Survey


@dataclass(frozen=True)
class Tick:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    failures: Failures

    @property
    def window(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.settings.idle_after_minutes + self.settings.idle_margin_minutes)

    def run(self, seen: Survey) -> dict[str, Verdict]:
        """The verdict on each endpoint. One's failure never stops the rest."""
        verdicts: dict[str, Verdict] = {}
        for endpoint in seen.own:
            with self.failures.of(endpoint.name):
                verdict = self._work_on(endpoint)
                verdicts[endpoint.name] = verdict
                said = {"endpoint": endpoint.name, "verdict": verdict.kind, "reason": verdict.reason}
                logger.info("verdict", extra=said)
        return verdicts

    def _work_on(self, endpoint: OwnEndpoint) -> Verdict:
        if endpoint.is_candidate:
            return Verdict(Kind.WAITING, "it is a candidate, which is removed when its run is decided on")
        facts = self._facts(endpoint.name, endpoint.arn)
        verdict = self._judge(facts)
        if verdict.kind is Kind.IDLE:
            # Once more right before the deletion, which cannot be made conditional.
            again = self._facts(endpoint.name, endpoint.arn)
            verdict = self._judge(again) if again == facts else Verdict(Kind.WAITING, "it has just changed")
        return self._put_to_sleep(facts, verdict) if verdict.kind is Kind.IDLE else verdict

    def _facts(self, name: str, arn: str) -> EndpointFacts:
        found = self.clients.sagemaker.describe_endpoint(EndpointName=name)
        tags = self._endpoints.tags(arn)
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

    def _put_to_sleep(self, facts: EndpointFacts, verdict: Verdict) -> Verdict:
        """The ledger first: with the endpoint gone, nothing else knows which config belongs to it."""
        ledger = Ledger(self.clients.dynamodb, self.settings.ledger_table)
        row = ledger.endpoint(facts.model)
        if row.version and (row.busy or row.state not in (State.LIVE, State.ASLEEP)):
            return Verdict(Kind.WAITING, f"its model's endpoint is {row.state}")
        try:
            asleep = ledger.write_endpoint(_asleep(row, facts, iso(self.now)))
        except ConflictError as changed:
            return Verdict(Kind.WAITING, str(changed))
        try:
            self._delete(facts.name)
        except ClientError:
            ledger.write_endpoint(asleep.settled(State.LIVE, iso(self.now)))
            raise
        self._tell(facts, asleep.live_run, verdict)
        return verdict

    def _tell(self, facts: EndpointFacts, run: str, verdict: Verdict) -> None:
        sentence = (
            f"{facts.name} is asleep: {verdict.reason}. Its config and model {run} are kept. "
            "What it frees is a place in the endpoint quota: on demand, an idle endpoint costs nothing."
        )
        said = Announcement("EndpointAsleep", facts.model, run, sentence, {"created": iso(facts.created)})
        announce(self.clients, self.settings.stack, said)
        Latest(facts.model, run, "asleep", sentence, facts.name).write(self.clients.s3, self.settings.bucket, self.now)

    def _delete(self, name: str) -> None:
        try:
            self.clients.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            if not is_gone(error) and not (is_denied(error) and self._endpoints.find(name) is None):
                raise

    @property
    def _endpoints(self) -> OwnEndpoints:
        return OwnEndpoints(self.clients.sagemaker, self.settings.stack)


def _asleep(row: EndpointRow, facts: EndpointFacts, at: str) -> EndpointRow:
    """A row that was lost is made anew from the endpoint itself."""
    config = row.live_config or facts.config
    return row.settled(State.ASLEEP, at, live_run=row.live_run or run_of_config(config), live_config=config)
