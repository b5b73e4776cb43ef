"""Ticks on the stack, at moments that a test chooses, and calls that CloudWatch shows."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import Control, EndpointRow, State
from ebb.names import run_of_config
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.tear_down import TearDown, rules_of
from ebb.tear_down_idle.tick import run_tick
from ebb.tear_down_idle.verdict.evidence import Questions
from ebb.tear_down_idle.verdict.verdict import Kind
from tests.emulated.stack import AFTER, BUCKET, ENDPOINT, NOW, Stack

CONFIG = "ebb-abalone-261121000000-k3v7q"
WINDOW = dt.timedelta(minutes=70)  # IdleAfterMinutes and the margin
MARGIN = dt.timedelta(minutes=10)
EVERY = dt.timedelta(minutes=15)
FUNCTION = "ebb-tear-down-idle"
Place = Callable[..., None]
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 4}


@dataclass
class WholeTick:
    """`now` moves with `run(after=…)`; the ticks themselves show in CloudWatch unless it is blind."""

    stack: Stack
    settings: TearDownIdleSettings
    now: dt.datetime = NOW
    before: dt.datetime | None = NOW - dt.timedelta(minutes=15)
    until: dt.datetime = AFTER
    told: list[str] = field(default_factory=list)
    shown: int = 0
    is_blind: bool = False

    def run(self, after: dt.timedelta = dt.timedelta()) -> dict[str, dict[str, Any]]:
        """The tear-down's part: what was decided, by endpoint. `told`: what was not understood."""
        self.now += after
        self.stack.sagemaker.now = self.now
        self.shows_ticks()
        failures = Failures()
        one = tear_down(self._context, failures, self.before, self.until)
        one.run(list(self.stack.ledger.endpoints()))
        self.before, self.told = self.now, failures.told
        return {line["endpoint"]: line for line in one.journal.lines}

    def whole(self, after: dt.timedelta = dt.timedelta()) -> dict[str, Any]:
        """With the reconciler's part."""
        self.now += after
        self.shows_ticks()
        failures = Failures()
        outcome = run_tick(self._context, questions(self._context, self.before), failures, self.until)
        self.before, self.told = self.now, failures.told
        return outcome

    @property
    def _context(self) -> Context[TearDownIdleSettings]:
        return Context(self.stack.clients, self.settings, self.now)

    def goes_on(self, after: dt.timedelta = EVERY) -> dict[str, dict[str, Any]]:
        """The next tick; what was called until then shows in CloudWatch, each call when it was made."""
        for made in self.stack.runtime.calls[self.shown :]:
            call(self.stack, made.endpoint, at=self.now)
        self.shown = len(self.stack.runtime.calls)
        return self.run(after)

    def did(self, after: dt.timedelta = EVERY) -> str:
        """What the next tick does about the one endpoint."""
        return str(self.goes_on(after)[ENDPOINT]["did"])

    def row(self, model: str = "abalone") -> EndpointRow:
        return self.stack.ledger.endpoint(model)

    def said(self) -> list[str]:
        """The names of the announcements since the last look."""
        return [one["name"] for one in self.stack.announcements()]

    def shows_ticks(self) -> None:
        if not self.is_blind:
            put(self.stack, "AWS/Lambda", {"FunctionName": FUNCTION}, self.now - EVERY, Invocations=1)

    def kinds(self, after: dt.timedelta = dt.timedelta()) -> dict[str, Kind]:
        return {name: Kind(line["verdict"]) for name, line in self.run(after).items()}

    def falls_asleep(self) -> None:
        """Probed, shown, put to sleep."""
        assert self.run()[ENDPOINT]["did"] == "probed", self.told
        assert self.did() == "put to sleep", self.told


def questions(context: Context[TearDownIdleSettings], before: dt.datetime | None) -> Questions:
    return Questions(context, rules_of(context.settings), FUNCTION, before)


def tear_down(
    context: Context[TearDownIdleSettings], failures: Failures, before: dt.datetime | None, until: dt.datetime = AFTER
) -> TearDown:
    return TearDown(context, questions(context, before), failures, until)


def put(stack: Stack, namespace: str, dimensions: dict[str, str], at: dt.datetime, **values: float) -> None:
    """These metrics have one datapoint each."""
    told = [{"Name": name, "Value": each} for name, each in dimensions.items()]
    data: Any = [
        {"MetricName": metric, "Dimensions": told, "Timestamp": at, "Value": value} for metric, value in values.items()
    ]
    stack.clients.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def call(
    stack: Stack, name: str = ENDPOINT, variant: str = "v-1", *, ago: float = 5, at: dt.datetime | None = None
) -> None:
    """One call shows in CloudWatch, `ago` minutes before NOW or at a time: with its two counts of errors."""
    when, series = at or NOW - dt.timedelta(minutes=ago), {"EndpointName": name, "VariantName": variant}
    put(stack, "AWS/SageMaker", series, when, Invocations=1, Invocation4XXErrors=0, Invocation5XXErrors=0)


probe_shows = call


def placing(stack: Stack, behind: Place) -> Place:
    """An endpoint that confirm_endpoint has proven: its two calls show in CloudWatch."""

    def place(
        name: str = ENDPOINT,
        age: dt.timedelta = 2 * WINDOW,
        status: str = "InService",
        config: str = CONFIG,
        provisioned: int = 0,
        **tags: str,
    ) -> None:
        since = NOW - age
        stack.sagemaker.now = since
        behind(config, status, name, **tags)
        stack.sagemaker.now = NOW
        copies = {"ProvisionedConcurrency": provisioned} if provisioned else {}
        stack.sagemaker.configs[config]["ProductionVariants"][0]["ServerlessConfig"] = SERVERLESS | copies
        model = name.removeprefix("ebb-")
        row = EndpointRow(model, live_run=run_of_config(config), live_config=config, variant="v-1")
        row = replace(row, control=Control(since, since + dt.timedelta(seconds=20), 2))
        stack.ledger.write_endpoint(row.settled(State.LIVE, since))
        for _ in range(2):
            call(stack, name, at=since)
        for kept in (f"{model}/{row.live_run}/smoke.csv", f"{model}/{config}/output/model.tar.gz"):
            stack.s3.put_object(Bucket=BUCKET, Key=f"runs/{kept}", Body=b"1,1.5,0.25\n")
        stack.s3.put_object(Bucket=BUCKET, Key=f"runs/abalone/{config}/output/model.tar.gz", Body=b"1")

    return place
