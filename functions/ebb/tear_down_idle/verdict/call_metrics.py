"""How often endpoints were called, as CloudWatch has it: many series in one question, each under both dimensions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebb.tear_down_idle.verdict.verdict import Answer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MOST_QUERIES, MOST_DATAPOINTS = 500, 100_800  # AWS documents: in one call
MINUTE, FIVE_MINUTES, HOUR = 60, 300, 3600
_COUNTED_WITHIN = dt.timedelta(minutes=1)  # a call may be counted when it ends
_LONG_WINDOW = dt.timedelta(hours=6)
# AWS documents: older datapoints are kept in longer periods only, and a shorter one finds nothing.
_BY_MINUTE, _BY_FIVE_MINUTES = dt.timedelta(days=15), dt.timedelta(days=63)
ERRORS = ("Invocation4XXErrors", "Invocation5XXErrors")


@dataclass(frozen=True)
class Question:
    """The sum of one metric from `since` on; of an endpoint unless it says otherwise. `until` is rounded up."""

    dimensions: Mapping[str, str]
    since: dt.datetime
    until: dt.datetime
    period: int
    metric: str = "Invocations"
    statistic: str = "Sum"
    namespace: str = "AWS/SageMaker"

    @property
    def start(self) -> dt.datetime:
        return _floor(self.since, self.period)

    @property
    def end(self) -> dt.datetime:
        rounded = _floor(self.until, self.period)
        return rounded if rounded == self.until else rounded + dt.timedelta(seconds=self.period)

    def as_query(self, number: int) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions}
        stat = {"Metric": metric, "Period": self.period, "Stat": self.statistic}
        return {"Id": f"q{number}", "MetricStat": stat, "ReturnData": True}


def series(endpoint: str, variant: str) -> dict[str, str]:
    """An endpoint's name alone would match nothing."""
    return {"EndpointName": endpoint, "VariantName": variant}


def of_window(dimensions: Mapping[str, str], window: dt.timedelta, now: dt.datetime) -> Question:
    """Hours for long windows: rounding the start down only makes an endpoint more active."""
    return Question(dimensions, now - window, now, HOUR if window >= _LONG_WINDOW else MINUTE)


def errors_of(question: Question) -> list[Question]:
    """The same span of the counts of errors. Their Sum: AWS documents no SampleCount of them."""
    told = (question.dimensions, question.since, question.until, question.period)
    return [Question(*told, metric=metric) for metric in ERRORS]


def of_known_calls(dimensions: Mapping[str, str], since: dt.datetime, until: dt.datetime, now: dt.datetime) -> Question:
    """In the shortest period that CloudWatch still keeps."""
    age = now - since + dt.timedelta(hours=1)
    period = MINUTE if age < _BY_MINUTE else FIVE_MINUTES if age < _BY_FIVE_MINUTES else HOUR
    return Question(dimensions, since, until + _COUNTED_WITHIN, period)


def ask(cloudwatch: CloudWatchClient, questions: Sequence[Question]) -> list[Answer]:
    """In the order of the questions. One that is not answered, or not completely, is not complete."""
    answers = [Answer(complete=False)] * len(questions)
    for part in _parts(questions):
        for number, answer in _ask(cloudwatch, [(number, questions[number]) for number in part]):
            answers[number] = answer
    return answers


def _parts(questions: Sequence[Question]) -> Iterator[list[int]]:
    """Those that go into one call: all of one period, none asked for more datapoints than there may be."""
    by_period: dict[int, list[int]] = defaultdict(list)
    for number in sorted(range(len(questions)), key=lambda number: questions[number].start):
        by_period[questions[number].period].append(number)
    for period, numbers in by_period.items():
        part: list[int] = []
        start = end = questions[numbers[0]].start
        for number in numbers:
            end = max(end, questions[number].end)
            each = int((end - start).total_seconds()) // period + 1
            if part and (len(part) == MOST_QUERIES or each * (len(part) + 1) > MOST_DATAPOINTS):
                yield part
                part, start, end = [], questions[number].start, questions[number].end
            part.append(number)
        yield part


@dataclass
class _Found:
    count: float = 0
    newest: dt.datetime | None = None
    statuses: list[str] = field(default_factory=list)


def _ask(cloudwatch: CloudWatchClient, part: list[tuple[int, Question]]) -> Iterator[tuple[int, Answer]]:
    queries: list[Any] = [question.as_query(number) for number, question in part]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=min(question.start for _, question in part),
        EndTime=max(question.end for _, question in part),
    )
    found = {f"q{number}": _Found() for number, _ in part}
    asked = {f"q{number}": question for number, question in part}
    for page in pages:
        for result in page["MetricDataResults"]:
            _add(found[result["Id"]], result, asked[result["Id"]])
    for number, _ in part:
        one = found[f"q{number}"]
        yield number, Answer(one.count, one.newest, complete=set(one.statuses) == {"Complete"})


def _add(found: _Found, result: Any, question: Question) -> None:
    found.statuses.append(result["StatusCode"])
    for at, value in zip(result["Timestamps"], result["Values"], strict=True):
        if question.start <= at < question.end and value:
            found.count += value
            ends = at + dt.timedelta(seconds=question.period)
            found.newest = max(found.newest or ends, ends)


def _floor(when: dt.datetime, period: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(when.timestamp() // period * period, dt.UTC)
