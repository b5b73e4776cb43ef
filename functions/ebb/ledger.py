"""What Ebb knows of each run and endpoint, in one DynamoDB table. SageMaker stays the truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT = "endpoint"
REFUSED_KEPT = dt.timedelta(days=7)


def iso(moment: dt.datetime) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Ledger:
    client: DynamoDBClient
    table: str

    def record_run(self, model: str, run: str, stage: str, now: dt.datetime, **facts: str | None) -> None:
        """The run's stage, when it was reached, and whatever else became known."""
        self._set(model, f"run#{run}", stage=stage, **{f"{stage.replace('-', '_')}_at": iso(now)}, **facts)

    def record_refusal(self, refusal: str, now: dt.datetime, **facts: str | None) -> None:
        """A refusal that belongs to no run; forgotten after seven days."""
        self._set("-", f"refused#{refusal}", stage="refused", expires=int((now + REFUSED_KEPT).timestamp()), **facts)

    def record_endpoint(self, model: str, state: str, now: dt.datetime, **facts: str | None) -> None:
        self._set(model, ENDPOINT, state=state, since=iso(now), **facts)

    def run(self, model: str, run: str) -> dict[str, str]:
        return self._get(model, f"run#{run}")

    def refusal(self, refusal: str) -> dict[str, str]:
        return self._get("-", f"refused#{refusal}")

    def endpoint(self, model: str) -> dict[str, str]:
        return self._get(model, ENDPOINT)

    def _get(self, model: str, record: str) -> dict[str, str]:
        """A row's texts; empty when there is none."""
        key = {"model": {"S": model}, "record": {"S": record}}
        item = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item", {})
        return {name: value["S"] for name, value in item.items() if "S" in value}

    def _set(self, model: str, record: str, **facts: str | int | None) -> None:
        known = {name: value for name, value in facts.items() if value is not None}
        names = {f"#{number}": name for number, name in enumerate(known)}
        values = {f":{number}": _attribute(value) for number, value in enumerate(known.values())}
        self.client.update_item(
            TableName=self.table,
            Key={"model": {"S": model}, "record": {"S": record}},
            UpdateExpression="SET " + ", ".join(f"#{number} = :{number}" for number in range(len(known))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def _attribute(value: str | int) -> Any:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}
