"""A caller of the function URL, and what happens while he holds on; the clock goes on only then."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.messaging.requests import order_of
from ebb.predict.routes import serve
from ebb.predict.served_run import ServedRuns
from ebb.settings.model_settings import ModelSettings
from ebb.times import Clock
from tests.emulated.deployments import Deployments
from tests.emulated.stack import ACCOUNT, BUCKET, ENDPOINT, NOW, REGION, TABLE, Stack
from tests.unit.ebb.datasets.preparing import Memory, prepared
from tests.unit.ebb.predict.homes import HOMES

ROW = {"rooms": 3, "heating": "gas", "garden": True}
SETTINGS = PredictSettings("ebb", "ebb", BUCKET, TABLE, idle_after_minutes=60, idle_margin_minutes=10)


def dataset_of(text: str = HOMES, **hyperparameters: Any) -> dict[str, Any]:
    told = {"num_round": 2, "objective": "reg:squarederror"} | hyperparameters
    settings = ModelSettings(validation=0.0, label="price", drop=("note",), hyperparameters=told)
    return prepared(Memory(text.encode()), settings)[0].as_json()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


@dataclass
class Caller:
    """`meanwhile`: what happens at a second of holding on, once it is reached; `always`: at each pause."""

    runs: Deployments
    seconds: float = 0
    slept: list[float] = field(default_factory=list)
    meanwhile: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    always: list[Callable[[], Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._served = ServedRuns()
        url = self.stack.clients.sqs.create_queue(QueueName="requests")["QueueUrl"]
        self._requests = url
        self.stack.clients.events.put_rule(
            Name="requests", EventBusName="ebb-requests", EventPattern=json.dumps({"source": ["ebb.request"]})
        )
        targets: Any = [{"Id": "heard", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:requests"}]
        self.stack.clients.events.put_targets(Rule="requests", EventBusName="ebb-requests", Targets=targets)

    @property
    def stack(self) -> Stack:
        return self.runs.stack

    @property
    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(hours=1, seconds=self.seconds)

    def asks(self, path: str, body: Any = None, method: str = "", **headers: str) -> Answer:
        """POST with a body, GET without one."""
        event: dict[str, Any] = {
            "rawPath": f"/{path}",
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "requestContext": {"http": {"method": method or ("GET" if body is None else "POST")}},
            "isBase64Encoded": False,
        }
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        clock = Clock(lambda: self.now, lambda: self.seconds, self._sleep)
        served = serve(Context(self.stack.clients, SETTINGS, self.now), self._served, clock, event)
        answered = served.response.as_lambda()
        assert served.facts["status"] == answered["statusCode"]
        return Answer(answered["statusCode"], answered["headers"], answered["body"])

    def predicts(self, body: Any = None, wait: int = 0, **headers: str) -> Answer:
        preferred = {"prefer": f"wait={wait}"} if wait else {}
        given = {"content_type": "application/json"} | preferred | headers
        return self.asks("models/abalone/predictions", [ROW] if body is None else body, **given)

    def requests(self) -> list[tuple[str, dict[str, Any]]]:
        """What was asked of deploy_endpoint since the last look."""
        return [(event["detail-type"], event["detail"]) for event in self.stack.messages(self._requests)]

    def the_functions_go_on(self) -> None:
        """deploy_endpoint takes what was asked, and what lies in the queues is delivered once."""
        for event in self.stack.messages(self._requests):
            try:
                self.runs.outcomes.append(self.runs.deploying.work_on(order_of(event)))
            except WaitError:
                self.stack.clients.sqs.send_message(QueueUrl=self._requests, MessageBody=json.dumps(event))
        self.runs.deliver()

    def _sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 10
        self.slept.append(seconds)
        self.seconds += seconds
        due = [happens for at, happens in self.meanwhile if at <= self.seconds]
        self.meanwhile = [(at, happens) for at, happens in self.meanwhile if at > self.seconds]
        for happens in (*due, *self.always):
            happens()

    # What happens to the endpoint

    def row_becomes(self, **changes: Any) -> EndpointRow:
        return self.stack.ledger.write_endpoint(replace(self.runs.row, **changes))

    def falls_asleep(self) -> None:
        self.row_becomes(state=State.ASLEEP)
        self.stack.sagemaker.endpoints.pop(ENDPOINT, None)

    def is_created(self) -> None:
        tags = [{"Key": "ebb:stack", "Value": "ebb"}, {"Key": "ebb:model", "Value": "abalone"}]
        config = self.runs.row.live_config
        self.stack.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=config, Tags=tags)

    def is_in_service(self) -> None:
        self.stack.sagemaker.settle(ENDPOINT)
