"""A client that calls at the worst moments: around deadlines, probes and ticks; and what became of each call."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from ebb.context import Context
from ebb.predict.routes import serve
from ebb.predict.served_run import ServedRuns
from ebb.times import Clock
from tests.emulated.predict.calls_of_predict import ROW, dataset_of
from tests.emulated.stack import ENDPOINT
from tests.simulation.interrupting import Interruptions
from tests.simulation.population import run_of, train
from tests.simulation.settings import predict_settings
from tests.simulation.world import MINUTE, World

TICK, DELAY = 5 * MINUTE, MINUTE
MOST_TRIES = 8
ROOMS = 3  # of ROW: by its first feature a model answers
PATH = "/models/abalone/predictions"


@dataclass
class Race:
    """`counts`: what became of the calls. `wrong`: answers that are not the run's; what was never answered."""

    seed: int
    world: World = field(default_factory=World)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    runs: int = 0
    too_late: int = 0
    deleted: list[dt.datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  (moments of calls, nothing secret)
        self.dataset = dataset_of()
        self.served = ServedRuns()
        self.world.becomes(idle_after_minutes=1)
        self.world.sagemaker.on_delete.append(self._is_deleted)
        self.world.delay = DELAY
        self._train()
        self.world.advance(5 * MINUTE)
        self._ticks()

    def run(self, calls: int) -> None:
        """Now and then there is a new run, and one call in five is a plain invoke_endpoint."""
        for number in range(calls):
            self._wait()
            if number % 40 == 39:
                self._train()
            if self.chance.random() < 0.2:
                self._invoke()
            else:
                self._predict()

    def _train(self) -> None:
        """Each run answers otherwise."""
        self.runs += 1
        train(self.world, "abalone", self.runs, dataset=self.dataset, error=self._error(self.runs))

    def _error(self, number: int) -> float:
        return number + 0.25

    def _ticks(self) -> None:
        """Some of them are called into, between any two of their own calls."""
        self.next_tick = self.world.now + TICK
        self.world.at(self.next_tick, self._ticks)
        meanwhile: dict[int | str, Callable[[], object]] = {}
        if self.chance.random() < 0.3:
            meanwhile[self.chance.randrange(60)] = self._call_in_tick
        self.world.tick(interruptions=Interruptions(meanwhile))

    def _call_in_tick(self) -> None:
        """Whoever holds on does so in another process: here time stands still."""
        if self.chance.random() < 0.5:
            self._invoke()
        else:
            self._predict(wait=0, tries=1)

    def _wait(self) -> None:
        """Until about a tick, mostly one of those that decide; or any moment."""
        if self.chance.random() < 0.7:
            ticks = self.chance.choice((0, 0, 1, 2, 3, 4, 5))
            moment = self.next_tick + ticks * TICK + dt.timedelta(seconds=self.chance.gauss(0, 25))
            self.world.advance(max(moment - self.world.now, dt.timedelta(0)))
        else:
            self.world.advance(dt.timedelta(seconds=self.chance.uniform(0, 3000)))

    def _predict(self, wait: int | None = None, tries: int = MOST_TRIES) -> None:
        """Who is told to come back does."""
        begun, told = self.world.now, []
        for number in range(tries):
            held = wait if wait is not None else self.chance.choice((0, 30, 120))
            answer = self._ask(held)
            if answer["statusCode"] == 200:
                self._answered(json.loads(answer["body"]), number, self.world.now - begun)
                return
            told.append(f"{answer['statusCode']} {answer['body'][:200]}")
            if answer["statusCode"] not in (503, 504):
                break
            if number + 1 < tries:
                self.world.advance(dt.timedelta(seconds=int(answer["headers"]["Retry-After"])))
        if tries > 1:
            self.wrong.append(f"{begun:%d %H:%M:%S} never answered: {told}")
        else:
            self.counts["predict, told to come back while a tick was at work"] += 1

    def _ask(self, wait: int) -> dict[str, Any]:
        event = {
            "rawPath": PATH,
            "headers": {"content-type": "application/json"} | ({"prefer": f"wait={wait}"} if wait else {}),
            "requestContext": {"http": {"method": "POST"}},
            "isBase64Encoded": False,
            "body": json.dumps([ROW]),
        }
        world = self.world

        def hold(seconds: float) -> None:
            world.advance(dt.timedelta(seconds=seconds))

        clock = Clock(lambda: world.now, world.seconds, hold)
        context = Context(world.callers_clients, predict_settings(), world.now)
        return dict(serve(context, self.served, clock, event).response.as_lambda())

    def _answered(self, body: dict[str, Any], tries: int, took: dt.timedelta) -> None:
        number = next((each for each in range(1, self.runs + 1) if run_of("abalone", each) == body["run"]), 0)
        expected = [ROOMS + self._error(number)]
        if body["predictions"] != expected:
            self.wrong.append(f"{body} is not {expected}")
        if not took:
            self.counts["predict, answered at once"] += 1
        elif not tries:
            self.counts["predict, held on, woken and answered"] += 1
        else:
            self.counts["predict, came back, woken and answered"] += 1

    def _invoke(self) -> None:
        """Not found is found out about: either its sleep was announced, or it is being deleted at this moment."""
        try:
            self.world.runtime.invoke_endpoint(EndpointName=ENDPOINT, Body="1,2", ContentType="text/csv")
            self.counts["invoke_endpoint, answered"] += 1
        except ClientError as error:
            if "not found" not in str(error):
                raise
            self.counts[f"invoke_endpoint, not found {self._why_not_found()}"] += 1

    def _why_not_found(self) -> str:
        said = [name for _, name, _ in self.world.said if name in ("EndpointAsleep", "EndpointLive")]
        if said and said[-1] == "EndpointAsleep":
            return "after its sleep was announced"
        if self.deleted and self.deleted[-1] == self.world.now:
            return "between its deletion and the announcement"
        self.wrong.append(f"{self.world.now:%d %H:%M:%S} not found, and nobody had said so: {said[-3:]}")
        return "for no reason"

    def _is_deleted(self, name: str) -> None:
        """What was called so shortly before that no metric shows it: the gap that cannot be closed."""
        if name != ENDPOINT:
            return
        self.deleted.append(self.world.now)
        endpoint = self.world.sagemaker.endpoints[name]
        calls = [
            call for call in self.world.sagemaker.truth[name] if call.life == endpoint["CreationTime"] and not call.ours
        ]
        last = max((call.at for call in calls), default=None)
        if last is None or self.world.now - last >= 11 * MINUTE:
            self.counts["deletions, nobody had called"] += 1
        elif self.world.now - last < DELAY:
            self.counts["deletions within the metric delay of a call"] += 1
        else:
            self.wrong.append(f"deleted at {self.world.now:%d %H:%M:%S}, called at {last:%H:%M:%S}")


def table(counts: Counter[str]) -> str:
    return "\n".join(f"{count:6,}  {what}" for what, count in sorted(counts.items()))
