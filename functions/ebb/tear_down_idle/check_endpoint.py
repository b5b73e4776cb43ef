"""One endpoint whose deadline has passed: what it is now, the verdict on that, and what comes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_in_progress, message_of
from ebb.aws.endpoints import DescribedEndpoint
from ebb.aws.tags import IDLE_AFTER_TAG, STACK_TAG
from ebb.context import Context, ask_to_check
from ebb.endpoints.put_to_sleep import NotRestorableError, call_off_sleep, carry_out_sleep
from ebb.environment import TearDownIdleSettings
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.act import AGAIN, Caps, Decision, act, judged
from ebb.tear_down_idle.probe import NoAnswerError
from ebb.tear_down_idle.verdict.evidence import Questions, name_of
from ebb.tear_down_idle.verdict.judge import judge
from ebb.tear_down_idle.verdict.protection import before_asking
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Verdict

_MISSED_AGAIN = dt.timedelta(hours=1)
_AT_WORK = dt.timedelta(minutes=10)  # a person's request may still be carried out
_Context = Context[TearDownIdleSettings]


def check_endpoint(
    context: _Context, questions: Questions, caps: Caps, row: EndpointRow, calls: Answer | None
) -> Decision:
    """`calls`: in its window, if they are known. What is WAITING is looked at again at the next tick."""
    endpoint = context.own.look(name_of(context.settings.prefix, row))
    try:
        if row.falls_asleep:
            return _finish_sleep(context, questions, row, endpoint)
        if endpoint is None or (row.is_adopted and _is_let_go(endpoint)):
            return _missing(context, row)
        if row.pending:
            return _tell_rest(context, row)
        return _judge(context, questions, caps, row, endpoint, calls)
    except WaitError as wait:
        return Decision(Verdict(Kind.WAITING, str(wait)))
    except ClientError as error:
        if not is_in_progress(error):
            raise
        return Decision(Verdict(Kind.WAITING, f"it is being changed: {message_of(error)}"))


def _is_let_go(endpoint: DescribedEndpoint) -> bool:
    return STACK_TAG in endpoint.tags or IDLE_AFTER_TAG not in endpoint.tags


def _missing(context: _Context, row: EndpointRow) -> Decision:
    """Somebody has deleted what was live, which confirm_endpoint will see; or has let go of what was adopted."""
    if row.is_adopted:
        gone = row.settled(State.NONE, context.now)
        return Decision(Verdict(Kind.WAITING, "it is not there, or not adopted any more"), row=gone)
    ask_to_check(context, context.endpoint_name(row.model), delay=0)
    verdict = Verdict(Kind.WAITING, "it is not there, or not ours any more", again=context.now + _MISSED_AGAIN)
    return Decision(verdict, "confirm_endpoint is to look at it", judged(row, verdict, context.now))


def _tell_rest(context: _Context, row: EndpointRow) -> Decision:
    """Whoever decided it died on the way: nothing else is done before a warning has been given."""
    context.outbox.flush(row)
    return Decision(Verdict(Kind.WAITING, "what was decided of it was still to be told"), "told")


def _judge(
    context: _Context,
    questions: Questions,
    caps: Caps,
    row: EndpointRow,
    endpoint: DescribedEndpoint,
    calls: Answer | None,
) -> Decision:
    now, rules = context.now, questions.rules
    verdict = before_asking(row, endpoint, rules, now)
    if verdict is None:
        row = _remembered(questions, row, endpoint)
        verdict = judge(row, endpoint, questions.of_one(row, endpoint, calls), rules, now)
    try:
        return act(context, caps, row, endpoint, verdict)
    except NotRestorableError as missing:
        reason = f"{verdict.reason}; but it could not be woken: {missing}"
        unknown = replace(verdict, kind=Kind.UNKNOWN, reason=reason, again=now + AGAIN)
        return _protected(context, row, unknown)
    except NoAnswerError as silent:
        unknown = replace(verdict, kind=Kind.UNKNOWN, reason=str(silent), again=now + AGAIN)
        return _protected(context, context.ledger.endpoint(row.model), unknown)
    except ConflictError as quicker:
        return Decision(replace(verdict, kind=Kind.WAITING, reason=str(quicker)))
    except WaitError as busy:
        again = now + rules.window(row, endpoint.tags)
        active = replace(verdict, kind=Kind.ACTIVE, reason=f"it is busy: {busy}", again=again)
        return _protected(context, context.ledger.endpoint(row.model), active)


def _protected(context: _Context, row: EndpointRow, verdict: Verdict) -> Decision:
    """A probe that led to nothing is forgotten."""
    return Decision(verdict, row=judged(row, verdict, context.now))


def _remembered(questions: Questions, row: EndpointRow, endpoint: DescribedEndpoint) -> EndpointRow:
    """An adopted endpoint may have been called before anybody looked; that stands in for calls of our own."""
    if not row.is_adopted or row.last_call:
        return row
    return replace(row, last_call=questions.last_call(endpoint))


def _finish_sleep(
    context: _Context, questions: Questions, row: EndpointRow, endpoint: DescribedEndpoint | None
) -> Decision:
    """Only what is still idle goes; what a person has asked for, called or not."""
    if _by_request(row) and row.wanted and context.now - row.wanted.at < _AT_WORK:
        return Decision(Verdict(Kind.WAITING, "it is being put to sleep, as it was asked to"))
    if endpoint is None or endpoint.status == "Deleting":
        return _gone(context, row, endpoint)
    if context.settings.only_reports:
        return _left_awake(context, row, Verdict(Kind.WAITING, "TearDownMode is report"))
    if _by_request(row):
        return _carry_out(context, row, endpoint, Verdict(Kind.IDLE, "a person asked for it"))
    verdict = _judged_awake(context, questions, row, endpoint)
    if verdict.kind is Kind.IDLE:
        return _carry_out(context, row, endpoint, verdict)
    return Decision(verdict) if verdict.kind is Kind.WAITING else _left_awake(context, row, verdict)


def _by_request(row: EndpointRow) -> bool:
    return row.pending is not None and row.pending["announcement"]["facts"].get("by") == "request"


def _gone(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint | None) -> Decision:
    name = name_of(context.settings.prefix, row)
    if endpoint is None and name in dict(context.own.listed(name)):
        return _left_awake(context, row, Verdict(Kind.WAITING, "it is not ours any more"))
    return _carry_out(context, row, endpoint, Verdict(Kind.IDLE, "it is gone, as decided before"))


def _judged_awake(context: _Context, questions: Questions, row: EndpointRow, endpoint: DescribedEndpoint) -> Verdict:
    awake, now, rules = replace(row, state=State.LIVE, wanted=None), context.now, questions.rules
    early = before_asking(awake, endpoint, rules, now)
    return early or judge(awake, endpoint, questions.of_one(awake, endpoint, None), rules, now)


def _carry_out(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint | None, verdict: Verdict) -> Decision:
    carry_out_sleep(context, row, endpoint)  # ConflictError: woken since it was read
    return Decision(verdict, "put to sleep")


def _left_awake(context: _Context, row: EndpointRow, verdict: Verdict) -> Decision:
    return Decision(verdict, "left awake", judged(call_off_sleep(context, row), verdict, context.now))
