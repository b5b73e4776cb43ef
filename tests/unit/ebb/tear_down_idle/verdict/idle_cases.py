"""An endpoint that is proven idle, ours or adopted, and what may be different about it."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Self

from hypothesis import strategies as st

from ebb.aws.endpoints import DescribedEndpoint
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.judge import judge
from ebb.tear_down_idle.verdict.verdict import Answer, Series, Verdict
from ebb.times import iso, parsed

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
RUN = "ebb-abalone-261118000000-k3v7q"
RULES = IdleRules("ebb", 24 * HOUR, 10 * MINUTE, 30 * DAY)
CALLS = Control(parsed("2026-11-18T00:05:00Z"), parsed("2026-11-18T00:05:20Z"), 2)
NONE, ONE = Answer(), Answer(1, NOW - 14 * MINUTE)
SLEEP = Wanted("", Reason.SLEEP, NOW, State.LIVE)


@dataclass(frozen=True)
class Case:
    row: EndpointRow
    endpoint: DescribedEndpoint
    series: Series
    rules: IdleRules = RULES
    now: dt.datetime = NOW

    def but(self, part: str, **changes: Any) -> Self:
        """`part`: row, endpoint, series or rules."""
        return replace(self, **{part: replace(getattr(self, part), **changes)})

    def judged(self) -> Verdict:
        return judge(self.row, self.endpoint, self.series, self.rules, self.now)


def ago(span: dt.timedelta) -> dt.datetime:
    return NOW - span


_ROW = EndpointRow("abalone", 3, State.LIVE, ago(4 * DAY), RUN, RUN, variant="v-1", control=CALLS)
_ENDPOINT = DescribedEndpoint(
    "ebb-abalone",
    "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/ebb-abalone",
    *("InService", RUN, NOW - 4 * DAY, NOW - 4 * DAY),
    variant="v-1",
    serverless={"MemorySizeInMB": 2048, "MaxConcurrency": 1},
    tags={"ebb:stack": "ebb", "ebb:model": "abalone"},
)
SILENT = Case(_ROW, _ENDPOINT, Series(NONE, NONE, Answer(2), None, Answer(4)))
"""Nobody seems to call it: it is to be probed."""
IDLE = SILENT.but("row", knocked_at=ago(15 * MINUTE), answered_at=ago(14 * MINUTE)).but(
    "series", calls=ONE, control=None, since_probe=ONE
)


def adopted(case: Case) -> Case:
    """The same of somebody's own endpoint, which is watched since four days, and was last called five days ago."""
    row = {"model": "adopted/theirs", "live_run": "", "live_config": "their-config", "control": None}
    told = {"name": "theirs", "config": "their-config", "tags": {"ebb:idle-after": "1440"}}
    return case.but("row", **row, last_call=ago(5 * DAY)).but("endpoint", **told)


spans = st.one_of(
    st.timedeltas(-3 * DAY, 60 * DAY),
    st.sampled_from([0 * DAY, -MINUTE, 10 * MINUTE, 9 * MINUTE, DAY, DAY + 10 * MINUTE, DAY + 9 * MINUTE, 400 * DAY]),
)
moments = st.builds(
    lambda span, zone: (NOW - span).astimezone(dt.timezone(zone)),
    spans,
    st.sampled_from([dt.timedelta(), 2 * HOUR, -9.5 * HOUR]),
)
times = st.one_of(
    st.just(""),
    moments.map(iso),
    moments.map(dt.datetime.isoformat),
    moments.map(lambda moment: moment.replace(tzinfo=None).isoformat()),
    st.sampled_from(["yesterday", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "-"]),
)
known_times = times.map(lambda text: parsed(text) if text else None)  # as the ledger's rows have them
keeps = st.sampled_from(["true", "false", " False ", "", "no", "0", "2026-11-23", "2026-11-21", "2026-13-45", "soon"])
minutes = st.sampled_from(["1", "60", "1440", "43200", "0", "43201", "-5", "1.5", "", "a day", " 60 ", "٦٠", "1e3"])
tags = st.fixed_dictionaries(
    {},
    optional={
        "ebb:stack": st.sampled_from(["ebb", "ebb", "ebb", "other", "", "EBB"]),
        "ebb:idle-after": minutes,
        "ebb:keep": keeps,
        "ebb:role": st.just("candidate"),
    },
)
counts, complete = st.sampled_from([0.0, 1.0, 2.0, 2.0, 17.0]), st.sampled_from([True, True, False])
answers = st.one_of(st.builds(Answer, counts, st.just(NOW), complete), st.builds(Answer, counts), st.none())
wanted = st.none() | st.builds(lambda reason: Wanted(RUN, reason, NOW), st.sampled_from(Reason))
_CHANGES: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("row", "model"): st.sampled_from(["abalone", "adopted/theirs"]),
    ("row", "state"): st.sampled_from(State),
    ("row", "wanted"): wanted,
    ("row", "live_config"): st.sampled_from([RUN, f"{RUN}-od", ""]),
    ("row", "idle_after"): st.sampled_from([0, 1, 60, 43_200, -1, 43_201, 10**12]),
    ("row", "keep"): st.booleans(),
    ("row", "last_call"): known_times,
    ("row", "knocked_at"): known_times,
    ("row", "answered_at"): known_times,
    ("row", "not_before"): known_times,
    ("row", "control"): st.none() | st.builds(Control, times.map(parsed), times.map(parsed), st.integers(-1, 3)),
    ("endpoint", "status"): st.sampled_from(
        ["Creating", "Updating", "SystemUpdating", "Deleting", "Failed", "Whatever"]
    ),
    ("endpoint", "config"): st.sampled_from([RUN, f"{RUN}-2"]),
    ("endpoint", "created"): moments,
    ("endpoint", "changed"): moments,
    ("endpoint", "serverless"): st.none() | st.just({"ProvisionedConcurrency": 2}),
    ("endpoint", "tags"): tags,
    ("endpoint", "config_tags"): tags,
    ("series", "calls"): answers,
    ("series", "errors"): answers,
    ("series", "control"): answers,
    ("series", "since_probe"): answers,
    ("series", "ticks"): answers,
    ("rules", "idle_after"): st.sampled_from([MINUTE, 24 * HOUR, 30 * DAY]),
    ("rules", "margin"): st.sampled_from([0 * MINUTE, 10 * MINUTE, DAY]),
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One of the two, with one or two things about it that are different; one may be the time."""
    case = draw(st.sampled_from([IDLE, IDLE, SILENT]))
    case = adopted(case) if draw(st.booleans()) else case
    for part, name in draw(st.lists(st.sampled_from([*_CHANGES, ("", "now")]), min_size=1, max_size=2, unique=True)):
        case = case.but(part, **{name: draw(_CHANGES[part, name])}) if part else replace(case, now=draw(moments))
    return case
