"""`[endpoint] environment`: an allow-list. The serving container runs code of its caller's choice for other names."""

from __future__ import annotations

import re
from typing import Any

from ebb.settings.toml_table import SettingsTable

MAX_ENTRIES, MAX_LENGTH = 16, 1024  # SageMaker's own limit of a name and of a value; it allows 100 entries
OWN_NAME = r"EBB_[A-Za-z0-9_]+"
_UP_TO_16 = r"[1-9]|1[0-6]"
_OUTPUTS = "predicted_score|predicted_label|labels|probability|probabilities|raw_score|raw_scores"
ALLOWED = {
    "SAGEMAKER_CONTAINER_LOG_LEVEL": ("10|20|30|40|50", "10, 20, 30, 40 or 50"),
    "SAGEMAKER_MODEL_SERVER_TIMEOUT": ("[1-9][0-9]{0,2}", "a number of seconds from 1 to 999"),
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": ("text/csv|application/json", "text/csv or application/json"),
    "SAGEMAKER_INFERENCE_OUTPUT": (
        f"({_OUTPUTS})(, ?({_OUTPUTS}))*",
        f"a comma-separated list of {_OUTPUTS.replace('|', ', ')}",
    ),
    "OMP_NUM_THREADS": (_UP_TO_16, "a number from 1 to 16"),
    "MAX_CONTENT_LENGTH": ("[1-9][0-9]{0,7}", "a number of bytes from 1 to 99999999"),
}
# Set by Ebb in every model. One worker: each holds a copy of the model, and a serverless instance has little memory.
# No nginx: it writes into /etc, which serverless forbids, and 3.x then does not start. gunicorn then listens itself,
# and would end a connection after two seconds of silence.
OWN = {
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
    "SAGEMAKER_USE_NGINX": "false",
    "GUNICORN_CMD_ARGS": "--keep-alive 75",
}
_RUNS_CODE = re.compile(
    "SAGEMAKER_(PROGRAM|SUBMIT_DIRECTORY|SERVING_MODULE|TRAINING_MODULE|MULTI_MODEL|HANDLER|REQUIREMENTS)|GUNICORN_.*"
    "|PYTHON.*|LD_.*|PATH|BASH_ENV|ENV|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|TS_.*"
)
_LIST = f"Allowed are {', '.join(ALLOWED)}, and names of your own that start with EBB_."


def read_environment(table: SettingsTable) -> dict[str, str]:
    """What CreateModel is sent. Whole numbers may stand without quotes."""
    given = {name: _text(value) for name, value in table.given.items()}
    if len(given) > MAX_ENTRIES:
        for name in list(given)[MAX_ENTRIES:]:
            table.refuse(name, f"is one too many: an environment has at most {MAX_ENTRIES} entries")
    for name, text in given.items():
        if reason := _why_not(name, text):
            table.refuse(name, reason, remedy=_LIST)
    return {name: text for name, text in given.items() if text is not None}


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**MAX_ENTRIES else None
    return value if isinstance(value, str) else None


def _why_not(name: str, text: str | None) -> str | None:
    if name in ALLOWED:
        pattern, rule = ALLOWED[name]
        return None if text is not None and re.fullmatch(pattern, text) else f"must be {rule}"
    if name in OWN:
        return "is set by Ebb itself, to what a serverless container needs"
    if _RUNS_CODE.fullmatch(name):
        return "would make the container run other code than its own"
    if not re.fullmatch(OWN_NAME, name) or len(name) > MAX_LENGTH:
        return "is not on the list of variables that a model may have"
    if text is None or len(text) > MAX_LENGTH or "\0" in text:
        return f"must be a text of at most {MAX_LENGTH} characters"
    return None
