"""Which input channels a training job may have, compared letter by letter as the container does."""

from collections.abc import Mapping

from local.container.content_types import CSV, FORMAT_OF, LIBSVM, data_format
from local.container.errors import NotEmulatedError, UserError
from local.container.versions import NEWEST, ImageVersion

Channel = Mapping[str, str]

_DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")
_PIPED = [kind for kind, found in FORMAT_OF.items() if found != LIBSVM]
_DATA = {(kind, "File", how) for kind in FORMAT_OF for how in _DISTRIBUTIONS} | {
    (kind, "Pipe", how) for kind in _PIPED for how in _DISTRIBUTIONS
}
_SUPPORTED = {"train": _DATA, "validation": _DATA, "code": {("text/python", "File", "FullyReplicated")}}


def check_channels(channels: Mapping[str, Channel], version: ImageVersion = NEWEST) -> None:
    """Raise what the container raises for a channel it does not want, then for one only this stand-in refuses."""
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name, channel in channels.items():
        if name not in _SUPPORTED:
            raise UserError(f"Extraneous channel found: {name}")
        _check_channel(name, {"ContentType": "text/libsvm", **channel})
    if "code" in channels:
        raise NotEmulatedError("script mode (channel code)")
    _check_format(channels["train"], version)


def _check_channel(name: str, channel: Channel) -> None:
    asked = (channel["ContentType"], channel["TrainingInputMode"], channel["S3DistributionType"])
    if asked not in _SUPPORTED[name]:
        raise UserError(f"Channel configuration for '{name}' channel is not supported: {channel}")


def _check_format(train: Channel, version: ImageVersion) -> None:
    """Look at the training channel only: the container reads every channel in its format."""
    found = data_format(train.get("ContentType", LIBSVM))
    if found != CSV:
        raise NotEmulatedError(f"training on {found}")
    if train["TrainingInputMode"] == "Pipe":
        if not version.since("3.2-0"):
            raise NotEmulatedError("Pipe mode, which images before 3.2-0 have")
        raise UserError(
            "Pipe mode for CSV is no longer supported. Please use Fast File mode (default) instead. "
            "Set input_mode='File' in your SageMaker Estimator or TrainingInput."
        )
