"""What Ebb knows of each run and endpoint, in one DynamoDB table. SageMaker stays the truth."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from ebb.errors import ConflictError
from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.times import exact_iso, iso, parsed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ENDPOINT = "endpoint"
RUN = "run#"
# Stages of a run that is neither live nor decided: it is being checked, trained, proven or deployed.
ON_ITS_WAY = ("checked", "waiting", "training", "candidate", "deploying")
DUE_INDEX = "due"  # the endpoints' rows that somebody has to look at some time
LEASE = "lease"
MOST_IN_ONE_TRANSACTION = 100
REFUSED_KEPT = dt.timedelta(days=7)
_serialize, _deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
_CHANGED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_NOT_STORED: tuple[Any, ...] = (None, "", 0, False)
Row = dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    client: DynamoDBClient
    table: str

    def record_run(
        self, model: str, run: str, stage: str, now: dt.datetime, *, unless: Sequence[str] = (), **facts: str | None
    ) -> bool:
        """The run's stage, when it was reached, and whatever else became known; facts that are None stay as they are.

        False, and nothing written, when the run is in one of the stages `unless`: it has gone on meanwhile.
        """
        reached = {"stage": stage, f"{stage.replace('-', '_')}_at": iso(now)}
        known = reached | {name: fact for name, fact in facts.items() if fact is not None}
        compared = {f":not{number}": later for number, later in enumerate(unless)}
        condition = f"NOT #stage IN ({', '.join(compared)})" if compared else ""
        try:
            self.client.update_item(**self._update(model, f"{RUN}{run}", known, condition, compared))
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def record_refusal(self, refusal: str, now: dt.datetime, **facts: str) -> None:
        """A refusal that belongs to no run; forgotten after seven days."""
        expires = int((now + REFUSED_KEPT).timestamp())
        self._set("-", f"refused#{refusal}", {"stage": "refused", "expires": expires} | facts)

    def record_answer(self, request: str, now: dt.datetime, **facts: str) -> None:
        """What became of a request, by the id of its event; forgotten after seven days, too."""
        expires = int((now + REFUSED_KEPT).timestamp())
        self._set("-", f"request#{request}", {"at": iso(now), "expires": expires} | facts)

    def write_endpoint(self, row: EndpointRow) -> EndpointRow:
        """In place of exactly the row that was read; ConflictError when somebody has changed it since."""
        try:
            self.client.put_item(**self._in_place(row))
        except self.client.exceptions.ConditionalCheckFailedException as conflict:
            raise ConflictError(f"the endpoint of {row.model}: another attempt was quicker") from conflict
        return replace(row, version=row.version + 1)

    def write_endpoints(self, rows: Sequence[EndpointRow]) -> None:
        """The same for many, in as few calls as possible. What somebody else has changed since stays as that is."""
        for start in range(0, len(rows), MOST_IN_ONE_TRANSACTION):
            part = rows[start : start + MOST_IN_ONE_TRANSACTION]
            while part:
                part = self._transact(part)

    def _transact(self, rows: Sequence[EndpointRow]) -> list[EndpointRow]:
        """Those that are still to be written: one that is refused stops the others, too."""
        try:
            self.client.transact_write_items(TransactItems=[{"Put": self._in_place(row)} for row in rows])
        except self.client.exceptions.TransactionCanceledException as cancelled:
            reasons = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
            if not {"None", *_CHANGED}.issuperset(reasons) or not _CHANGED.intersection(reasons):
                raise
            return [row for row, reason in zip(rows, reasons, strict=True) if reason == "None"]
        return []

    def _in_place(self, row: EndpointRow) -> Any:
        """A request for PutItem, alone or in a transaction: a row is written whole."""
        facts = asdict(replace(row, version=row.version + 1)) | {"pending": row.pending and json.dumps(row.pending)}
        kept = _without_times(facts) | {"record": ENDPOINT}
        was: Row = {"ExpressionAttributeValues": {":was": _serialize(row.version)}} if row.version else {}
        return {
            "TableName": self.table,
            "Item": {name: _serialize(fact) for name, fact in kept.items()},
            "ConditionExpression": "#version = :was" if row.version else "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "version"},
            **was,
        }

    def endpoints(self) -> Iterator[EndpointRow]:
        """All that somebody has to look at some time, the earliest first; as they were a moment ago."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=DUE_INDEX,
            KeyConditionExpression="#record = :endpoint",
            ExpressionAttributeNames={"#record": "record"},
            ExpressionAttributeValues={":endpoint": {"S": ENDPOINT}},
        )
        for page in pages:
            for item in page["Items"]:
                row = _read(item)
                yield _endpoint(row["model"], row)

    def take_lease(self, holder: str, now: dt.datetime, length: dt.timedelta) -> Row | None:
        """What was known of it before, such as `at`, when it was taken. None while somebody else has it."""
        free = "attribute_not_exists(#until) OR #until <= :now OR #holder = :holder"
        facts = {"until": iso(now + length), "holder": holder, "at": iso(now)}
        request = self._update("-", LEASE, facts, free, {":now": iso(now)})
        try:
            answer = self.client.update_item(**request, ReturnValues="ALL_OLD")
        except self.client.exceptions.ConditionalCheckFailedException:
            return None
        return _read(answer.get("Attributes", {}))

    def release_lease(self, holder: str) -> None:
        """Nothing to release when it has ended, and is somebody else's by now."""
        self._set_if(LEASE, {"until": "-"}, "#holder = :holder", {":holder": holder}, ("holder",))

    def ask_once(self, model: str, request: str, now: dt.datetime, length: dt.timedelta) -> bool:
        """Whether nobody has asked the same of this model for so long."""
        ago = {":ago": iso(now - length)}
        return self._set_if(
            f"asked#{request}", {"at": iso(now)}, "attribute_not_exists(#at) OR #at <= :ago", ago, (), model
        )

    def run(self, model: str, run: str) -> Row:
        """Empty when there is none."""
        return self._get(model, f"{RUN}{run}")

    def runs(self, model: str) -> Iterator[tuple[str, Row]]:
        """Every run of the model, and what is known of it."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="#model = :model AND begins_with(#record, :run)",
            ExpressionAttributeNames={"#model": "model", "#record": "record"},
            ExpressionAttributeValues={":model": {"S": model}, ":run": {"S": RUN}},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                row = _read(item)
                yield row["record"].removeprefix(RUN), row

    def refusal(self, refusal: str) -> Row:
        return self._get("-", f"refused#{refusal}")

    def answer(self, request: str) -> Row:
        """Empty as long as nothing has become of it."""
        return self._get("-", f"request#{request}")

    def endpoint(self, model: str) -> EndpointRow:
        """`version` is 0 when there is no row."""
        return _endpoint(model, self._get(model, ENDPOINT))

    def note(self, record: str) -> Row:
        """A row that belongs to no model, such as when the last sweep was."""
        return self._get("-", record)

    def write_note(self, record: str, **facts: str) -> None:
        self._set("-", record, facts)

    def _get(self, model: str, record: str) -> Row:
        key = {"model": {"S": model}, "record": {"S": record}}
        return _read(self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item", {}))

    def _set_if(
        self, record: str, facts: Row, condition: str, compared: Row, named: Sequence[str] = (), model: str = "-"
    ) -> bool:
        """`named`: attributes that only the condition is about."""
        request = self._update(model, record, facts, condition, compared)
        request["ExpressionAttributeNames"] |= {f"#{name}": name for name in named}
        try:
            self.client.update_item(**request)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _set(self, model: str, record: str, facts: Row) -> None:
        self.client.update_item(**self._update(model, record, facts))

    def _update(
        self,
        model: str,
        record: str,
        facts: Row,
        condition: str = "",
        compared: Row | None = None,
    ) -> dict[str, Any]:
        """A request for UpdateItem: what is not named stays as it is."""
        values = {f":{name}": fact for name, fact in facts.items()} | (compared or {})
        conditional: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        return {
            "TableName": self.table,
            "Key": {"model": {"S": model}, "record": {"S": record}},
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in facts),
            "ExpressionAttributeNames": {f"#{name}": name for name in facts},
            "ExpressionAttributeValues": {name: _serialize(value) for name, value in values.items()},
            **conditional,
        }


def is_unstarted(row: Row) -> bool:
    """Of a run's row: failed without a job. A job that fails has a reason of its own, whoever notes it."""
    return row.get("stage") == "failed" and bool(row.get("unstarted")) and row["unstarted"] == row.get("reason")


def _read(item: Any) -> Row:
    return {name: _deserialize(value) for name, value in item.items()}


def _without_times(facts: Row, not_stored: Sequence[Any] = _NOT_STORED) -> Row:
    """As the table keeps it: times as text, and nothing that is as it is without being kept."""
    texts = {name: exact_iso(fact) for name, fact in facts.items() if isinstance(fact, dt.datetime)}
    parts = {name: _without_times(fact, (None,)) for name, fact in facts.items() if isinstance(fact, dict)}
    return {name: fact for name, fact in (facts | texts | parts).items() if fact not in not_stored}


def _endpoint(model: str, row: Row) -> EndpointRow:
    """The edge: from here on times are datetimes, and what cannot be read is marked (ebb.times)."""
    known = _with_times(EndpointRow, row)
    facts: Row = {"model": model, "version": int(row.get("version", 0)), "state": State(row.get("state", "none"))}
    if "wanted" in row:
        wanted = _with_times(Wanted, row["wanted"])
        before, attempt = State(wanted.get("before", "none")), int(wanted.get("attempt", 1))
        facts["wanted"] = Wanted(**wanted | {"reason": Reason(wanted["reason"]), "before": before, "attempt": attempt})
    if "control" in row:
        facts["control"] = Control(**_with_times(Control, row["control"]) | {"calls": int(row["control"]["calls"])})
    if "idle_after" in row:
        facts["idle_after"] = int(row["idle_after"])
    if "pending" in row:
        facts["pending"] = json.loads(row["pending"])
    return EndpointRow(**known | facts)


def _with_times(kind: type[EndpointRow | Wanted | Control], row: Row) -> Row:
    """What the dataclass has fields for."""
    there = {field.name: field.type for field in fields(kind) if field.name in row}
    return {name: parsed(str(row[name])) if "datetime" in str(type_) else row[name] for name, type_ in there.items()}
