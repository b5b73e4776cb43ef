"""The files of one channel: what is there, what must not be, and how xgboost gets to see them."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from local.container.delimiters import training_delimiter
from local.container.errors import UserError

_DEEPEST_FOLDER = 3
_log = logging.getLogger("sagemaker-xgboost-container")


def total_size(channel: Path) -> int:
    """Return the bytes below a channel; a hidden file anywhere ends the job."""
    size = 0
    for folder, _, names in os.walk(channel):
        for name in names:
            if name.startswith("."):
                raise UserError("Hidden file found in the data path! Remove that before training.")
            size += (Path(folder) / name).stat().st_size
    return size


def check_first_lines(channel: Path) -> None:
    """Look for a delimiter in the first line of every file of one folder: the first that has no folder inside."""
    for path in sorted(_first_leaf(channel).iterdir()):
        if path.is_file() and not path.name.startswith("_"):
            with path.open(encoding="utf-8", errors="ignore") as file:
                training_delimiter(file.readline())


def _first_leaf(channel: Path) -> Path:
    for folder, folders, _ in os.walk(channel):
        if not folders:
            return Path(folder)
        folders.sort()
    raise UserError(f"{channel} is not a valid path!")


def link_files(channel: Path, into: Path) -> None:
    """Bring the files of a folder tree into one flat folder, which is all that xgboost reads."""
    for position, path in enumerate(_files(channel, depth=1)):
        (into / f"{path.name}.{position}").symlink_to(path.resolve())


def _files(folder: Path, depth: int) -> Iterator[Path]:
    if depth > _DEEPEST_FOLDER:
        _log.warning("Folder depth exceeds the limit %s. Files in deeper sub dirs won't be loaded.", _DEEPEST_FOLDER)
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            yield from _files(entry, depth + 1)
        else:
            yield entry


def warn_of_same_files(train: Path, validation: Path) -> None:
    """Say it when both channels hold a file of the same name and size; the container does no more than that either."""
    for path in sorted(train.iterdir()):
        twin = validation / path.name
        if path.is_file() and twin.is_file() and path.stat().st_size == twin.stat().st_size:
            _log.warning(
                "Suspected identical files found. (/opt/ml/input/data/train/%s and /opt/ml/input/data/validation/%s "
                "with same size %s bytes).",
                *(path.name, path.name, path.stat().st_size),
            )
