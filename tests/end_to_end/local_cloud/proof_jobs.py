"""Training jobs in this process, and the container over their models, without the platform around them."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import xgboost
from botocore.exceptions import ClientError

from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_test import SmokeTest, smoke_test
from ebb.settings.model_settings import ModelSettings
from local.container.invocations import Container, Request
from local.container.ml_folder import MlFolder
from local.container.scoring import Scoring
from local.container.serving_settings import ServingSettings
from local.container.training_job import run

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

_METRIC = re.compile(r"(train|validation)-([\w@.-]+):(\S+)")
_CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}


@dataclass(frozen=True)
class Job:
    """A job that has ended: what it reported, and its model, loaded by the container."""

    settings: ModelSettings
    reported: dict[str, float]
    scoring: Scoring
    booster: xgboost.Booster

    @classmethod
    def of(cls, settings: ModelSettings, files: dict[str, str]) -> Job:
        with TemporaryDirectory(prefix="proof.") as root:
            folder = Path(root)
            _write(folder / "input/config/hyperparameters.json", json.dumps(settings.hyperparameter_texts))
            _write(folder / "input/config/inputdataconfig.json", json.dumps(dict.fromkeys(files, _CHANNEL)))
            _write(folder / "input/config/resourceconfig.json", json.dumps({"hosts": ["algo-1"]}))
            for channel, text in files.items():
                _write(folder / f"input/data/{channel}/{channel}.csv", text)
            with redirect_stdout(io.StringIO()) as log:
                run(MlFolder(folder))
            scoring = Scoring(folder / "model", ensemble=True)
            scoring.load()
            booster = xgboost.Booster(model_file=folder / "model/xgboost-model")
        last = log.getvalue().splitlines()[-1]
        reported = {f"{found[1]}:{found[2]}": float(found[3]) for found in _METRIC.finditer(last)}
        return cls(settings, reported, scoring, booster)

    @property
    def endpoint(self) -> SageMakerRuntimeClient:
        serving = ServingSettings.from_environment(self.settings.endpoint.environment)
        return cast("SageMakerRuntimeClient", ContainerEndpoint(Container(self.scoring, serving)))

    def tested_as(self, honest: Job, rows: SmokeRows) -> SmokeTest:
        """This model behind the endpoint of another one."""
        return smoke_test(self.endpoint, "ebb-any", rows, honest.settings, honest.reported)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@dataclass(frozen=True)
class ContainerEndpoint:
    """InvokeEndpoint, which passes on what the container says."""

    container: Container

    def invoke_endpoint(self, *, EndpointName: str, Body: bytes, ContentType: str, Accept: str) -> dict[str, Any]:  # noqa: N803
        assert EndpointName
        answer = self.container.answer(Request("POST", "/invocations", Body, ContentType, Accept))
        if answer.status != 200:
            facts: Any = {"Error": {"Code": "ModelError", "Message": ""}, "OriginalStatusCode": answer.status.value}
            raise ClientError(facts | {"OriginalMessage": answer.body.decode()}, "InvokeEndpoint")
        return {"Body": io.BytesIO(answer.body), "InvokedProductionVariant": "v"}
