"""The training entry point: `python -m local.container.train ML_DIR`."""

import logging
import os
import sys
from pathlib import Path

from local.container.failure import failure_report
from local.container.ml_folder import MlFolder
from local.container.training_job import run
from local.container.versions import ImageVersion


def main(arguments: list[str]) -> int:
    """Train, or leave the reason in `output/failure` and return 1."""
    if len(arguments) != 1:
        sys.exit("usage: python -m local.container.train ML_DIR")
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s")
    ml = MlFolder(Path(arguments[0]).absolute())
    try:
        run(ml, ImageVersion.from_environment(os.environ))
    except Exception as error:  # noqa: BLE001  (whatever it is, the job's failure file has to say so)
        _report_failure(ml, error)
        return 1
    return 0


def _report_failure(ml: MlFolder, error: Exception) -> None:
    report = ml.as_in_container(failure_report(error))
    ml.failure.parent.mkdir(parents=True, exist_ok=True)
    ml.failure.write_text(report, encoding="utf-8")
    print(report, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
