"""A job that is told to stop may leave the model of its last round behind (`save_model_on_termination`)."""

import os
import signal
import threading
from pathlib import Path

import xgboost
from xgboost.callback import TrainingCallback

from local.container.model_formats import write_model
from local.container.versions import NEWEST, ImageVersion

MODEL_NAME = "xgboost-model"


class SavedOnTermination(TrainingCallback):
    """Keeps the model of the latest finished round in the model folder, and ends the job with success on SIGTERM."""

    def __init__(self, model_folder: Path, version: ImageVersion = NEWEST) -> None:
        super().__init__()
        self._folder, self._version = model_folder, version
        self._saving = threading.Lock()

    def after_iteration(self, model: object, epoch: int, evals_log: TrainingCallback.EvalsLog) -> bool:  # noqa: ARG002
        """Replace the saved model; never asks to stop."""
        assert isinstance(model, xgboost.Booster)
        unfinished = self._folder / "unfinished"
        with self._saving:
            write_model(model, unfinished, self._version)
            unfinished.rename(self._folder / MODEL_NAME)
        return False

    def listen(self) -> None:
        """Make SIGTERM end the process, in the middle of a round too."""
        told, tell = os.pipe()
        os.set_blocking(tell, False)
        signal.signal(signal.SIGTERM, lambda *_: None)
        # Python's own handler would wait for the round to end; the wake-up byte is written at once.
        signal.set_wakeup_fd(tell)
        threading.Thread(target=self._end_when_told, args=(told,), daemon=True).start()

    def _end_when_told(self, told: int) -> None:
        while os.read(told, 1) != bytes([signal.SIGTERM]):
            pass
        self._saving.acquire()  # for good: no save may begin any more
        for path in self._folder.iterdir():
            if path.is_file() and not path.name.startswith(MODEL_NAME):
                path.unlink(missing_ok=True)
        os._exit(0)
