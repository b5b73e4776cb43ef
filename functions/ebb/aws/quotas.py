"""A quota of the account that a request met: whether it can ever pass, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?"
_UNIT = r"(?:\s[\w ]{1,40}?)?"
# AWS's sentence, up to its own advice. The unit may be `Instances`, `None`, or missing.
_SENTENCE = re.compile(
    rf"'([^']+)'\s+is\s+{_NUMBER}{_UNIT},\s+with\s+current\s+utilization\s+of\s+{_NUMBER}{_UNIT}"
    rf"\s+and\s+a\s+request\s+delta\s+of\s+{_NUMBER}\b"
)
# What asks for less, by words of the quota's name.
_LESS = (
    ("training job usage", "choose another [training] instance_type in model.toml"),
    ("concurrency", "ask for a smaller [endpoint] max_concurrency in model.toml"),
)


@dataclass(frozen=True)
class Quota:
    """`name`: as AWS prints it, which is how Service Quotas lists it."""

    name: str
    limit: int
    used: int
    delta: int

    @classmethod
    def of_message(cls, message: str) -> Self | None:
        """None when the text is not understood."""
        found = _SENTENCE.search(message)
        if found is None:
            return None
        limit, used, delta = (int(number.replace(",", "")) for number in found.groups()[1:])
        return cls(found[1], limit, used, delta)

    @property
    def permanent(self) -> bool:
        """More is asked for than it ever allows, whatever is in use."""
        return self.delta > self.limit

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, for people. A permanent one says the same whatever is in use."""
        if self.permanent:
            state = f"is {self.limit}, but {self.delta} would be needed: waiting cannot help."
        else:
            state = f"is {self.limit}, of which {self.used} in use, and {self.delta} more would be needed."
        return f"The account's quota '{self.name}' {state} {self._remedy}"

    @property
    def _remedy(self) -> str:
        less = next((what for words, what in _LESS if words in self.name.lower()), "ask for less in model.toml")
        return f"Ask AWS Service Quotas for an increase, or {less}."


def quota_of(error: ClientError) -> Quota | None:
    """None for any other error, and for a quota whose sentence is not understood."""
    told = error.response["Error"]
    return Quota.of_message(told.get("Message", "")) if told["Code"] == "ResourceLimitExceeded" else None
