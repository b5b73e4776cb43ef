"""Image versions other than the installed library's: told apart by their tags, run with the one library there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from local.container.errors import NotEmulatedError
from local.container.hyperparameter_table import BIT, HYPERPARAMETERS, Hyperparameter

VARIABLE = "LOCAL_IMAGE_VERSION"  # how the platform tells a container its version
INSTALLED = "3.2-0"
_TAGS = ("1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0")  # oldest first
_IMAGE = re.compile(r".*/(?P<repository>[\w.-]+):(?P<tag>[\w.-]+)")
_REPOSITORY = "sagemaker-xgboost"
_REASONS = {
    **dict.fromkeys(("1", "latest"), "is XGBoost 0.72, which AWS's documentation says not to use"),
    **dict.fromkeys(("0.90-1", "0.90-2"), "is deprecated by AWS"),
}

# Which version brought (or took away) what the table of 3.2-0 lacks (or has).
_UNKNOWN_BEFORE = {
    "1.2-1": ("aft_loss_distribution", "aft_loss_distribution_scale", "deterministic_histogram"),
    "1.2-2": ("_kfold", "_num_cv_round"),
    "1.3-1": ("sampling_method", "prob_buffer_row"),
    "1.7-1": ("use_dask_gpu_training",),
}
_NEW_OBJECTIVES = {"1.2-1": ("survival:aft", "reg:pseudohubererror"), "3.0-5": ("reg:absoluteerror",)}
_SILENT = Hyperparameter("silent", int, BIT)
_SINGLE_PRECISION = Hyperparameter("single_precision_histogram", str, ["true", "false"])


@dataclass(frozen=True)
class ImageVersion:
    """One tag of the image, with the rules in which it differs from 3.2-0."""

    tag: str = INSTALLED

    @classmethod
    def of(cls, tag: str) -> Self:
        """`1.7-1`, or in full `1.7-1-cpu-py3`."""
        short = re.sub(r"-cpu-py\d+$", "", tag)
        if short not in _TAGS:
            raise NotEmulatedError(
                f"image tag {tag!r}, which {_REASONS.get(short, 'it does not know')}; it runs {', '.join(_TAGS)}"
            )
        return cls(short)

    @classmethod
    def of_image(cls, uri: str) -> Self:
        """Return the version an image URI names; only AWS's own XGBoost is emulated."""
        match = _IMAGE.fullmatch(uri)
        if match and match["tag"] in _REASONS:
            return cls.of(match["tag"])
        if match is None or match["repository"] != _REPOSITORY:
            raise NotEmulatedError(f"image {uri}; it runs {_REPOSITORY} only")
        return cls.of(match["tag"])

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read what the platform said; without a word, the installed library's own version."""
        return cls.of(environment.get(VARIABLE, INSTALLED))

    def since(self, tag: str) -> bool:
        """Whether this version is the named one or a later one."""
        return _TAGS.index(self.tag) >= _TAGS.index(tag)

    @property
    def estimates_base_score(self) -> bool:
        """From 3.x on the intercept comes from the labels; before, it is 0.5 unless given."""
        return self.since("3.0-5")

    @property
    def joins_answers(self) -> bool:
        """Up to 1.2-1 an answer is one line of commas without a newline, whatever type the client accepts."""
        return not self.since("1.2-2")

    @property
    def pickles_models(self) -> bool:
        """Up to 1.2-2 the artifact is a pickle."""
        return not self.since("1.3-1")

    @property
    def hyperparameters(self) -> Mapping[str, Hyperparameter]:
        """The table of 3.2-0, less what came later, with what went since."""
        unknown = {name for tag, names in _UNKNOWN_BEFORE.items() if not self.since(tag) for name in names}
        rows = {name: row for name, row in HYPERPARAMETERS.items() if name not in unknown}
        rows["objective"] = self._objectives(rows["objective"])
        if self.tag == "1.0-1":
            rows["silent"] = _SILENT
        if self.since("1.2-1") and not self.since("1.7-1"):
            rows["single_precision_histogram"] = _SINGLE_PRECISION
        return rows

    def _objectives(self, row: Hyperparameter) -> Hyperparameter:
        later = {name for tag, names in _NEW_OBJECTIVES.items() if not self.since(tag) for name in names}
        assert isinstance(row.range, list)
        return replace(row, range=[name for name in row.range if name not in later])

    def warning(self, does: str) -> str | None:
        """What the log must say of a version that is not the installed library's own."""
        if self.tag == INSTALLED:
            return None
        import xgboost  # here, because the platform reads tags too and does not need the library

        return (
            f"this local cloud {does} {self.tag} with the installed xgboost {xgboost.__version__}: "
            f"the defaults and answers of {self.tag} as far as they are known, the trees and errors of {INSTALLED}"
        )


NEWEST = ImageVersion()
