"""What each image version writes as its model, and what it makes of a model that another version wrote."""

import pickle
from pathlib import Path

import xgboost

from local.container.versions import INSTALLED, ImageVersion

# All files here are written by one library, so an attribute says which version each stands for.
_MARK = "local_image_version"


class UnreadableFormatError(Exception):
    """The file stands for a format that this version does not read."""


def write_model(booster: xgboost.Booster, path: Path, version: ImageVersion) -> None:
    """UBJSON from 3.x on, a pickle up to 1.2-2; for the binary format between them a marked UBJSON stands in."""
    if version.tag != INSTALLED:
        booster.set_attr(**{_MARK: version.tag})
    if version.pickles_models:
        path.write_bytes(pickle.dumps(booster, protocol=4))
    elif version.since("3.0-5"):
        booster.save_model(path)
    else:
        path.write_bytes(booster.save_raw("ubj"))


def as_read_by(version: ImageVersion, booster: xgboost.Booster) -> None:
    """Raise, or misread, as this version does with a model of the version that wrote it.

    Up to 3.0-5 the base_score of a 3.2-0 model, a list there, is read as 0.5, without a word: every answer is wrong.
    """
    writer = ImageVersion.of(booster.attr(_MARK) or INSTALLED)
    if version.since("3.2-0") and not writer.since("3.0-5"):
        raise UnreadableFormatError(f"image {writer.tag} wrote the old binary format, which {version.tag} cannot read")
    if writer.since("3.0-5") and not version.since("1.7-1"):
        raise UnreadableFormatError(f"image {writer.tag} writes UBJSON, which {version.tag} cannot read")
    if writer.since("3.2-0") and not version.since("3.2-0"):
        booster.set_param({"base_score": 0.5})
