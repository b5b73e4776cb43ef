"""The release checklist in an AWS account: `make live-check`. It deploys, runs the tide, and removes what it made.

Refuses without EBB_LIVE=1 and a named profile (AWS_PROFILE): it spends about a dollar.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".local/venv/tools/bin"
ABALONE = (ROOT / "examples/abalone.csv").read_text()
STACK, PREFIX, MODEL = "ebb-live-check", "ebblive", "abalone"
COST = "It costs about $1: two short training jobs on ml.m5.xlarge, a few serverless calls, a stack for an hour."
_PAUSE = 2.0


class CheckFailedError(Exception):
    """Something was not as the checklist says; the message is what was seen."""


@dataclass
class LiveCheck:
    """`variables`: what else the commands find in their environment, asked anew for each."""

    environment: Mapping[str, str]
    variables: Callable[[], Mapping[str, str]] = dict
    patience: float = 2400
    results: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> bool:
        """Whether all was as it must be. What was made is removed in any case."""
        steps = (self.deploy, self.train, self.predict, self.sleep, self.wake, self.replace, self.read_journal)
        well = all(self._step(step) for step in steps)
        removed = [self._step(step) for step in (self.uninstall, self.remove)]
        return well and all(removed)

    def _step(self, step: Callable[[], str]) -> bool:
        began, name = time.monotonic(), step.__name__
        try:
            seen, well = step(), True
        except (CheckFailedError, ClientError, OSError) as error:
            seen, well = str(error), False
        seconds = round(time.monotonic() - began, 1)
        self.results.append({"step": name, "well": well, "seen": seen, "seconds": seconds})
        print(f"{'✓' if well else '✗'} {seconds:7.1f} s  {name:13} {seen}", flush=True)
        return well

    def deploy(self) -> str:
        self._sam("build", "--parallel")
        named = ("--stack-name", STACK, "--resolve-s3", "--capabilities", "CAPABILITY_IAM")
        self._sam("deploy", *named, "--no-confirm-changeset", "--parameter-overrides", f"Prefix={PREFIX}")
        return f"{len(self._resources())} resources"

    def train(self) -> str:
        self._upload(ABALONE)
        latest = self._until_live("")
        return f"{latest['run']}: {latest['sentence']}"

    def predict(self) -> str:
        rows = "\n".join(line.partition(",")[2] for line in ABALONE.splitlines()[:3])
        answered = self._ebb("predict", MODEL, "-", "--wait", "600", stdin=rows)
        return f"{len(answered['predictions'])} predictions by {answered['run']}"

    def sleep(self) -> str:
        return str(self._ebb("sleep", MODEL, "--wait", "900")["sentence"])

    def wake(self) -> str:
        return str(self._ebb("wake", MODEL, "--wait", "1800")["sentence"])

    def replace(self) -> str:
        before = str(self._latest()["run"])
        self._upload("\n".join(ABALONE.splitlines()[100:]))
        latest = self._until_live(before)
        return f"{latest['run']} in place of {before}: {latest['sentence']}"

    def read_journal(self) -> str:
        """What EventBridge wrote there, not what tear_down_idle writes itself."""
        pages = (
            self._client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self._outputs["JournalLogGroupName"], filterPattern="EndpointLive")
        )
        found = sum(len(page["events"]) for page in pages)
        if not found:
            raise CheckFailedError("no line of EventBridge: it does not honour the log group's own policy")
        return f"{found} lines of EndpointLive"

    def uninstall(self) -> str:
        done = self._ebb("uninstall", "--yes")
        self._sam("delete", "--stack-name", STACK, "--no-prompts")
        return f"{len(done['steps'])} steps, then the stack"

    def remove(self) -> str:
        """What an uninstall keeps on purpose."""
        bucket, table = self._outputs["DataBucketName"], self._outputs["LedgerTableName"]
        s3 = self._client("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            for one in versions:
                s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=bucket)
        self._client("dynamodb").delete_table(TableName=table)
        return f"{bucket} and {table}"

    def _upload(self, rows: str) -> None:
        key = f"datasets/{MODEL}/abalone.csv"
        self._client("s3").put_object(Bucket=self._outputs["DataBucketName"], Key=key, Body=rows.encode())

    def _until_live(self, before: str) -> dict[str, Any]:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            latest = self._latest()
            if latest.get("run") not in (None, before):
                if latest["stage"] == "live":
                    return latest
                if latest["stage"] in ("refused", "failed", "held-back", "broken", "rolled-back"):
                    raise CheckFailedError(f"{latest['stage']}: {latest['sentence']}")
            time.sleep(_PAUSE)
        raise CheckFailedError(f"not live after {self.patience:.0f} s: {self._latest()}")

    def _latest(self) -> dict[str, Any]:
        try:
            bucket = self._outputs["DataBucketName"]
            found = self._client("s3").get_object(Bucket=bucket, Key=f"runs/{MODEL}/latest.json")
        except ClientError:
            return {}
        return dict(json.load(found["Body"]))

    @cached_property
    def _outputs(self) -> dict[str, str]:
        (stack,) = self._client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def _resources(self) -> list[Any]:
        pages = self._client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        return [one for page in pages for one in page["StackResourceSummaries"]]

    @cached_property
    def _session(self) -> Any:
        return boto3.session.Session(profile_name=self.environment["AWS_PROFILE"])

    def _client(self, service: str) -> Any:
        return self._session.client(service)

    def _ebb(self, *words: str, stdin: str = "") -> dict[str, Any]:
        said = self._run([sys.executable, "-m", "cli", *words, "--json"], stdin)
        return dict(json.loads(said))

    def _sam(self, *words: str) -> None:
        self._run([str(TOOLS / "sam"), *words])

    def _run(self, command: list[str], stdin: str = "") -> str:
        found = {
            **self.environment,
            **self.variables(),
            "EBB_STACK": STACK,
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}",
        }
        done = subprocess.run(command, cwd=ROOT, env=found, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CheckFailedError(
                f"{' '.join(command[1:4])} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}"
            )
        return done.stdout


def main(environment: Mapping[str, str] = os.environ, result: Path = ROOT / "live-check.json") -> int:
    """0 when all was as it must be, 1 when not, 2 when it was not begun."""
    if environment.get("EBB_LIVE") != "1" or not environment.get("AWS_PROFILE"):
        print(
            f"This deploys into an AWS account. {COST}\nSay EBB_LIVE=1 and name the profile: AWS_PROFILE=…",
            file=sys.stderr,
        )
        return 2
    print(f"Profile {environment['AWS_PROFILE']}, stack {STACK}. {COST}")
    check = LiveCheck({"SAM_CLI_TELEMETRY": "0", **environment})
    well = check.run()
    write(result, check, well)
    return 0 if well else 1


def write(result: Path, check: LiveCheck, well: bool) -> None:  # noqa: FBT001
    """To be kept with the release."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    result.write_text(json.dumps({"at": at, "well": well, "steps": check.results}, indent=2) + "\n")
    print(f"written to {result}")


if __name__ == "__main__":
    sys.exit(main())
