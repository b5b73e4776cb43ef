"""CSV files become matrices through xgboost's own text loader, so that it alone decides about dirty data."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import xgboost

from local.container.data_files import check_first_lines, link_files
from local.container.delimiters import training_delimiter
from local.container.errors import UserError

_log = logging.getLogger("sagemaker-xgboost-container")


def load_channel(channel: Path, *, weights: bool) -> xgboost.DMatrix:
    """Return the matrix of one channel, or raise what the container raises."""
    check_first_lines(channel)
    with TemporaryDirectory() as room:
        # In a room of its own: xgboost looks at all that lies beside the folder, and fails if any of it goes meanwhile.
        folder = Path(room) / "sagemaker_xgboost_input_data"
        folder.mkdir()
        link_files(channel, folder)
        matrix = _load_folder(folder, weights=weights)
    if matrix.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return matrix


def _load_folder(folder: Path, *, weights: bool) -> xgboost.DMatrix:
    # The container takes whichever file the file system lists first; the first by name is the same on every run.
    first_file = sorted(folder.iterdir())[0]  # noqa: FURB192  (an empty folder is the container's IndexError)
    with first_file.open(encoding="utf-8") as file:
        delimiter = training_delimiter(file.readline())
    _log.info("Determined delimiter of CSV input is '%s'", delimiter)
    weight_column = "&weight_column=1" if weights else ""
    try:
        return xgboost.DMatrix(f"{folder}?format=csv&label_column=0&delimiter={delimiter}{weight_column}")
    except Exception as error:
        raise UserError(f"Failed to load csv data with exception:\n{first_part(error)}") from error


def first_part(error: Exception) -> str:
    """Return an error's text without the stack of C++ addresses, so that a sentence ends it."""
    return str(error).partition("\nStack trace:")[0].strip()
