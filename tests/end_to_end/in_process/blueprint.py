"""template.yaml as the harness needs it: each function's environment and queue, and what each rule lets through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.settings import Settings
from local.stack import REGION
from tests.end_to_end.in_process.queues import Queue
from tests.template.reading import TEMPLATE, Template, read, target_of

ACCOUNT = Settings.account


@cache
def template() -> Template:
    return Template(read(TEMPLATE.read_text()))


@dataclass(frozen=True)
class Blueprint:
    """`given`: by logical name what the harness has put there itself, such as the bucket's name."""

    given: dict[str, str]

    def environment(self, function: str) -> dict[str, str]:
        shared = template().body["Globals"]["Function"]["Environment"]["Variables"]
        own = template().properties(function).get("Environment", {}).get("Variables", {})
        return {name: str(self._value(value)) for name, value in (shared | own).items()}

    def functions(self) -> dict[str, str]:
        """Logical id by module."""
        return {
            properties["Handler"].partition(".")[0]: function
            for function, properties in template().functions.items()
            if "Handler" in properties
        }

    def queue_of(self, function: str) -> str:
        """The queue it works on; "" for one that has none."""
        for source in template().properties(function).get("Events", {}).values():
            if source["Type"] == "SQS":
                return target_of(source["Properties"]["Queue"])
        return ""

    def queues(self) -> dict[str, Queue]:
        """Those that a function works on, by URL."""
        found = {}
        for name, queue in template().of_type("AWS::SQS::Queue").items():
            if "RedrivePolicy" in queue:
                receives = queue["RedrivePolicy"]["maxReceiveCount"]
                found[url(name)] = Queue(name, queue["VisibilityTimeout"], receives)
        return found

    def rules(self, queues: dict[str, Queue]) -> Iterator[tuple[dict[str, Any], Queue | None]]:
        for rule in template().of_type("AWS::Events::Rule").values():
            for target in rule["Targets"]:
                queue = queues.get(url(target_of(target["Arn"])))
                if queue or target["Id"] == "journal":
                    yield self._value(rule["EventPattern"]), queue

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, dict):
            return value
        (name, argument), *more = value.items()
        known: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": lambda name: self.given.get(name, f"arn:aws:any:{REGION}:{ACCOUNT}:{name}"),
            "Fn::Sub": self._sub,
            "Fn::Join": lambda parts: str(parts[0]).join(self._list(parts[1])),
            "Fn::FindInMap": lambda keys: template().body["Mappings"][keys[0]][self._value(keys[1])][keys[2]],
        }
        if more or name not in known:
            return {key: self._value(item) for key, item in value.items()}
        return known[name](argument)

    def _ref(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        if name in template().body["Parameters"]:
            return template().body["Parameters"][name]["Default"]
        return url(name)

    def _list(self, value: Any) -> list[str]:
        found = self._value(value)
        return found.split(",") if isinstance(found, str) else [str(item) for item in found]

    def _sub(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        return re.sub(r"\$\{([\w:]+)\}", lambda match: str(self._value(own.get(match[1], {"Ref": match[1]}))), text)


def url(queue: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"
