"""Names: of models, runs, endpoints, and the keys in the bucket. All are functions of the upload alone."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import NewType

ModelName = NewType("ModelName", str)
RunId = NewType("RunId", str)
EndpointName = NewType("EndpointName", str)

ADOPTED = "adopted/"  # no model's name holds a slash
MAX_MODEL_LENGTH = 28
_MODEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RUN_END = re.compile(r"-(\d{12})-([a-z2-7]{5})$")
_DERIVED = r"(?<=-[a-z2-7]{5})(-od|-\d{1,2})$"
_TIME = "%y%m%d%H%M%S"

MODEL_RULE = (
    "a model name has 1 to 28 lower-case letters and digits, with single hyphens between them, "
    "and does not end like a run id"
)


def is_model_name(text: str) -> bool:
    return len(text) <= MAX_MODEL_LENGTH and bool(_MODEL.fullmatch(text)) and not _RUN_END.search(f"-{text}")


@dataclass(frozen=True)
class Upload:
    """One version of one object below `datasets/`."""

    bucket: str
    key: str
    version_id: str


def upload_digest(upload: Upload) -> str:
    """Base32 of bucket, key and version: tells any two uploads apart."""
    text = f"{upload.bucket}\0{upload.key}\0{upload.version_id}"
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower().rstrip("=")


def upload_hash(upload: Upload) -> str:
    """The five characters of it that a run id has room for."""
    return upload_digest(upload)[:5]


def endpoint_name(prefix: str, model: ModelName) -> EndpointName:
    """The model's one endpoint, the same name for ever."""
    return EndpointName(f"{prefix}-{model}")


def run_id(prefix: str, model: ModelName, upload: Upload, uploaded_at: dt.datetime) -> RunId:
    """Training job = model = first endpoint config. At most 60 characters."""
    stamp = uploaded_at.astimezone(dt.UTC).strftime(_TIME)
    return RunId(f"{endpoint_name(prefix, model)}-{stamp}-{upload_hash(upload)}")


@dataclass(frozen=True, order=True)
class RunOrder:
    """Which of two runs of a model is newer: by upload time, then by hash."""

    uploaded: str
    hash: str


def run_order(name: str) -> RunOrder | None:
    """The order of a run id, or of a config derived from it; None when the name is neither."""
    match = _RUN_END.search(run_of_config(name))
    return RunOrder(match[1], match[2]) if match else None


def run_of_config(config: str) -> str:
    """`ebb-abalone-261122153000-k3v7q` of itself and of the configs derived from it, such as `…-od` and `…-2`."""
    return re.sub(_DERIVED, "", config)


def model_of_endpoint(prefix: str, name: str) -> ModelName | None:
    """`abalone` of `ebb-abalone`, and of its runs' candidates, which are named like the run; else None."""
    model = name.removeprefix(f"{prefix}-")
    if name.startswith(f"{prefix}-") and is_model_name(model):
        return ModelName(model)
    return model_of_run(prefix, name)


def model_of_run(prefix: str, name: str) -> ModelName | None:
    """`abalone` of `ebb-abalone-261122153000-k3v7q`; None for names that are not our runs."""
    match = _RUN_END.search(name)
    if match is None or not name.startswith(f"{prefix}-"):
        return None
    model = name[len(prefix) + 1 : match.start()]
    return ModelName(model) if is_model_name(model) else None


def request_bus(prefix: str) -> str:
    """Where requests are put. Not the default bus: whoever may put any event there could delete a model."""
    return f"{prefix}-requests"


def run_folder(model: ModelName, run: RunId) -> str:
    """Key prefix, with its trailing slash."""
    return f"runs/{model}/{run}/"


def is_newer(config: str, run: str) -> bool:
    """Whether a config belongs to a newer run than this one. What is not one of our names is not newer."""
    theirs, ours = run_order(config), run_order(run)
    return theirs is not None and ours is not None and theirs > ours
