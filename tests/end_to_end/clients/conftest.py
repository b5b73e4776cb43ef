"""Clients that nobody here wrote, as processes that know the local cloud from their environment only."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xgboost

from local.server import Server
from local.stack import REGION, ROOT, VENV
from tests.end_to_end.tide import ABALONE

HERE = Path(__file__).parent
ROWS = 2923  # as many as the notebook trained on: 70 % of 4,177
HYPERPARAMETERS = {"max_depth": 5, "eta": 0.2, "gamma": 4, "min_child_weight": 6, "subsample": 0.7}
ROW = "0,0,1,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"

# AWS documents these for the execution role of a training job and of a model.
EXECUTION = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogStreams",
    "cloudwatch:PutMetricData",
]
PERSON = ["sagemaker:*", "s3:*", "iam:PassRole", "logs:*", "cloudwatch:GetMetricData"]


@dataclass(frozen=True)
class Desk:
    """Where a data scientist sits: a role of their own, an execution role to pass, and a terminal."""

    cloud: Server
    execution_role: str
    credentials: dict[str, str]
    home: Path
    csv: Path

    def run(self, *command: str | Path, patient: bool = False, **variables: str) -> str:
        """What the command printed; it knows the local cloud from its environment, and nothing else."""
        environment = {
            "PATH": f"{VENV / 'tools/bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": self.cloud.settings.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            **self.credentials,
            **({} if patient else {"PYTHONPATH": str(HERE / "impatient")}),
            **variables,
        }
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, check=False, timeout=500
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def desk(cloud: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    name = re.sub(r"\W", "-", request.node.name)[-50:]
    trust = {"AWS": cloud.settings.account}
    person = role(cloud, f"{name}-person", trust, PERSON)
    given = cloud.admin.client("sts").assume_role(RoleArn=person, RoleSessionName="test")["Credentials"]
    execution = role(cloud, f"{name}-execution", {"Service": "sagemaker.amazonaws.com"}, EXECUTION)
    csv = tmp_path / "train.csv"
    csv.write_text("\n".join(ABALONE.read_text().splitlines()[:ROWS]) + "\n")
    credentials = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    return Desk(cloud, execution, credentials, tmp_path, csv)


def role(cloud: Server, name: str, principal: dict[str, str], actions: list[str]) -> str:
    iam = cloud.admin.client("iam")
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document(allowed))
    return str(arn)


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def sdk() -> Path:
    """The interpreter that has the SageMaker Python SDK, installed from its lock if it is not there yet."""
    installed = VENV / "sdk/.installed"
    with (ROOT / ".local/sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rule = ["make", "--silent", str(installed.relative_to(ROOT)), f"PYTHON={sys.executable}"]
        # Not the flags of a make that runs these tests: they name its job server, which this one cannot reach.
        environment = {
            name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
        }
        done = subprocess.run(rule, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return VENV / "sdk/bin/python"


@pytest.fixture(scope="session")
def plain() -> Callable[[Path, int], Any]:
    """What xgboost itself makes of the same file: predictions and learning curve, with the old default base_score."""

    def train(csv: Path, rounds: int) -> tuple[xgboost.Booster, list[float]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matrix = xgboost.DMatrix(f"{csv}?format=csv&label_column=0&delimiter=,")
        curve: dict[str, Any] = {}
        parameters = {"objective": "reg:squarederror", "base_score": 0.5, "nthread": 1, **HYPERPARAMETERS}
        booster = xgboost.train(
            parameters, matrix, rounds, evals=[(matrix, "train")], evals_result=curve, verbose_eval=False
        )
        return booster, curve["train"]["rmse"]

    return train
