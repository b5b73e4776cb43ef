"""How many calls to AWS a tick makes, from a recording: next to none where nothing is to do, however many models."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from moto import mock_aws

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import Control, EndpointRow, State
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.adoption import adopt
from ebb.tear_down_idle.reconcile.inventory import take_inventory
from ebb.tear_down_idle.reconcile.reconcile import reconcile
from ebb.tear_down_idle.tear_down import TearDown
from ebb.times import iso
from tests.emulated.faults import Faults
from tests.emulated.stack import BUCKET, JOURNAL, NOW, TABLE, Stack, deployed
from tests.emulated.tear_down_idle.whole_tick import tear_down

CONFIG = "ebb-abalone-261121000000-k3v7q"
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
MANY, FEW = 1_000, 50
LEASE = dt.timedelta(minutes=10)
SINCE, PROBED = NOW - 48 * HOUR, NOW - 15 * MINUTE
CONTROL = Control(SINCE, SINCE, 2)
LIVE = EndpointRow("", state=State.LIVE, since=SINCE, live_run=CONFIG, live_config=CONFIG, variant="v-1")
LIVE = replace(LIVE, control=CONTROL, due=SINCE + 70 * MINUTE)


@dataclass
class Fleet:
    """Endpoints of a stack whose SageMaker gives pages like AWS, with their rows, which take long to write."""

    stack: Stack
    faults: Faults
    settings: TearDownIdleSettings
    quiet_few: list[str] = field(default_factory=list)
    known: int = 0

    def tick(self, now: dt.datetime, **changes: Any) -> tuple[list[str], TearDown]:
        """The tear-down's part: its calls, those for lease and ledger included.

        The rows are as they were in the beginning, but for these changes, whatever a tick made of them since.
        """
        ledger = self.stack.ledger
        for endpoint in self.stack.sagemaker.endpoints.values():
            endpoint["EndpointStatus"] = "InService"
        self.faults.begin()
        ledger.take_lease("a", now, LEASE)
        rows = [replace(LIVE, model=row.model, version=row.version, **changes) for row in ledger.endpoints()]
        before = now - 15 * MINUTE
        part = tear_down(self.at(now), Failures(), before)
        part.run(rows)
        ledger.release_lease("a")
        self.known = len(rows)
        return list(self.faults.made), part

    def at(self, now: dt.datetime) -> Context[TearDownIdleSettings]:
        return Context(self.stack.clients, self.settings, now)

    def fill(self, first: int, last: int) -> None:
        """The rows from here to there, 25 in one call."""
        written = self.stack.ledger.write_endpoint(replace(LIVE, model="sample"))
        key: Any = {"model": {"S": written.model}, "record": {"S": "endpoint"}}
        item = self.stack.clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
        self.stack.clients.dynamodb.delete_item(TableName=TABLE, Key=key)
        for start in range(first, last, 25):
            requests: list[Any] = [
                {"PutRequest": {"Item": item | {"model": {"S": f"m{number}"}}}} for number in range(start, start + 25)
            ]
            self.stack.clients.dynamodb.batch_write_item(RequestItems={TABLE: requests})


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        patch.delenv("AWS_PROFILE", raising=False)
        stack = deployed()
        queues = (stack.intake_queue, stack.deploy_queue, stack.confirm_queue)
        settings = TearDownIdleSettings(
            "ebb", "ebb", BUCKET, TABLE, *queues, 60, 10, "enforce", 30, 10, 50, JOURNAL, "-"
        )
        made = Fleet(stack, Faults(stack), settings)
        _place(stack)
        made.fill(0, FEW)
        made.quiet_few = made.tick(SINCE + HOUR)[0]
        made.fill(FEW, MANY)
        yield made


def _place(stack: Stack) -> None:
    sagemaker, tags = stack.sagemaker, [{"Key": "ebb:stack", "Value": "ebb"}]
    sagemaker.most_on_a_page, sagemaker.now = 100, SINCE
    artifact = f"runs/abalone/{CONFIG}/output/model.tar.gz"
    sagemaker.create_model(ModelName=CONFIG, PrimaryContainer={"ModelDataUrl": f"s3://{BUCKET}/{artifact}"}, Tags=tags)
    variant = {"VariantName": "v-1", "ModelName": CONFIG}
    sagemaker.create_endpoint_config(EndpointConfigName=CONFIG, ProductionVariants=[variant], Tags=tags)
    for number in range(MANY):
        sagemaker.create_endpoint(EndpointName=f"ebb-m{number}", EndpointConfigName=CONFIG, Tags=tags)
        sagemaker.settle(f"ebb-m{number}")
    sagemaker.now = NOW
    for model in sorted(f"m{number}" for number in range(MANY))[:10]:
        stack.s3.put_object(Bucket=BUCKET, Key=f"runs/{model}/{CONFIG}/smoke.csv", Body=b"1,1.5,0.25\n")
    stack.s3.put_object(Bucket=BUCKET, Key=artifact, Body=b"model")
    stack.ledger.write_note("sweep", first_at=iso(SINCE), last_at=iso(NOW))


class _Answers:
    """CloudWatch's, the same points for every endpoint; the ledger's to a transaction, which takes moto long."""

    def __init__(self, fleet: Fleet, *points: tuple[dt.datetime, float]) -> None:
        self.fleet, self.points, self.asked = fleet, points, 0

    def __enter__(self) -> Self:
        self._hook("register_last")
        return self

    def __exit__(self, *_: object) -> None:
        self._hook("unregister")

    def _hook(self, what: str) -> None:
        for service in ("cloudwatch", "dynamodb"):
            events = getattr(self.fleet.stack.clients, service).meta.events
            getattr(events, what)(f"before-call.{service}", self.answer)

    def answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        headers: Any = HeadersDict()
        http: Any = AWSResponse("https://aws", 200, headers, None)
        if model.name == "TransactWriteItems":
            return http, {}
        if model.name != "GetMetricData":
            return None
        queries = json.loads(params["body"])["MetricDataQueries"]
        self.asked += len(queries)
        return http, {"MetricDataResults": [self._result(query) for query in queries]}

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        metric = query["MetricStat"]["Metric"]
        is_tick, is_error = metric["Namespace"] == "AWS/Lambda", metric["MetricName"].endswith("Errors")
        points = [(NOW - 15 * MINUTE, 1.0)] if is_tick else [] if is_error else self.points
        told = {"Timestamps": [at for at, _ in points], "Values": [value for _, value in points]}
        return {"Id": query["Id"], "StatusCode": "Complete"} | told


def test_with_nobody_due_a_tick_reads_the_ledger_and_that_is_all(fleet: Fleet) -> None:
    assert sorted(fleet.quiet_few) == ["Query", "UpdateItem", "UpdateItem"]
    made, part = fleet.tick(SINCE + HOUR)
    assert len(made) <= 5, made
    assert (fleet.known, part.journal.lines, part.failures.told) == (MANY, [], [])


def test_all_of_a_thousand_that_are_due_and_busy_take_few_calls(fleet: Fleet) -> None:
    with _Answers(fleet, (NOW - 5 * MINUTE, 7)) as answers:
        made, part = fleet.tick(NOW)
    assert [line["verdict"] for line in part.journal.lines] == ["active"] * MANY
    assert len(made) <= 30, made
    assert (answers.asked, made.count("TransactWriteItems"), part.failures.told) == (MANY, 10, [])


@pytest.mark.parametrize(
    ("did", "probed"),
    [("probed", {}), ("put to sleep", {"knocked_at": PROBED, "answered_at": PROBED})],
)
def test_all_of_a_thousand_that_are_idle_cost_by_what_is_done_about_them(
    fleet: Fleet, did: str, probed: dict[str, dt.datetime]
) -> None:
    with _Answers(fleet, (SINCE, 2), *([(PROBED, 1.0)] if probed else [])):
        made, part = fleet.tick(NOW, **probed)
    assert Counter(line["did"] for line in part.journal.lines) == {did: 10, "nothing": MANY - 10}
    assert part.failures.told == []
    assert len(made) <= 30 + 12 * 10, made


def test_the_reconcilers_part_is_six_calls_for_fifty_models(fleet: Fleet) -> None:
    sagemaker, context, failures = fleet.stack.sagemaker, fleet.at(NOW), Failures()
    rows = [replace(LIVE, model=f"m{number}", version=1) for number in range(FEW)]
    everything = dict(sagemaker.endpoints)
    for name in everything.keys() - {f"ebb-{row.model}" for row in rows}:
        del sagemaker.endpoints[name]
    fleet.faults.begin()
    seen = take_inventory(context.own, "ebb", failures)
    assert list(adopt(context.ledger, seen.adopted, {}, NOW)) == []
    sent = reconcile(context, failures, seen, rows)
    sagemaker.endpoints.update(everything)
    assert (len(seen.own), sent, failures.told) == (FEW, {}, [])
    assert len(fleet.faults.made) <= 6, fleet.faults.made
