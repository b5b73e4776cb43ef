"""The failure file of a training job, as long as the real one: SageMaker shows its first 1024 characters only."""

import traceback
from pathlib import Path

from local.container.errors import NotEmulatedError

_SITE_PACKAGES = "/usr/local/lib/python3.12/site-packages"
_HERE = str(Path(__file__).parent)

# What stands above the training code in the real container. It pushes the sentence about a wrong hyperparameter
# or channel beyond what `FailureReason` holds, so that here as on AWS only the log has it.
_CALLS_ABOVE = (
    ("sagemaker_containers/_trainer.py", 84, "train", "entrypoint()"),
    ("sagemaker_xgboost_container/training.py", 102, "main", "train(framework.training_env())"),
    ("sagemaker_xgboost_container/training.py", 98, "train", "run_algorithm_mode()"),
    ("sagemaker_xgboost_container/training.py", 64, "run_algorithm_mode", "sagemaker_train("),
)


def failure_report(error: Exception) -> str:
    """Return the traceback between the container's heading and the sentence itself."""
    if isinstance(error, NotEmulatedError):
        return f"framework error: \n{error}"  # the real container has nothing of the kind; it must not be cut off
    below_main = error.__traceback__.tb_next if error.__traceback__ else None
    lines = traceback.format_exception(type(error), error, below_main)
    heading, _, frames = "".join(lines).rpartition("Traceback (most recent call last):\n")
    above = "".join(
        f'  File "{_SITE_PACKAGES}/{file}", line {line}, in {function}\n    {code}\n'
        for file, line, function, code in _CALLS_ABOVE
    )
    shown = f"{heading}Traceback (most recent call last):\n{above}{frames}"
    in_container = shown.replace(_HERE, f"{_SITE_PACKAGES}/sagemaker_xgboost_container")
    return f"framework error: \n{in_container}\n{error}"
