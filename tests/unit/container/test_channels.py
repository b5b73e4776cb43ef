"""Channels are compared letter by letter."""

import pytest

from local.container.channels import check_channels
from local.container.errors import NotEmulatedError, UserError

FILE = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
CSV = {"ContentType": "text/csv", **FILE}


@pytest.mark.parametrize("content_type", ["text/csv", "csv"])
@pytest.mark.parametrize("distribution", ["FullyReplicated", "ShardedByS3Key"])
def test_csv_is_accepted(content_type: str, distribution: str) -> None:
    check_channels({"train": {**CSV, "ContentType": content_type, "S3DistributionType": distribution}})


@pytest.mark.parametrize(
    "content_type",
    ["text/csv; label_size=1", "text/csv;label_size=1", "text/csv; charset=utf-8", "TEXT/CSV", "application/json"],
)
def test_anything_but_the_literal_name_is_refused(content_type: str) -> None:
    channel = {**CSV, "ContentType": content_type}
    with pytest.raises(UserError) as refusal:
        check_channels({"train": channel})
    assert str(refusal.value) == f"Channel configuration for 'train' channel is not supported: {channel}"


def test_fast_file_mode_is_refused() -> None:
    with pytest.raises(UserError, match=r"^Channel configuration for 'validation' channel .*'FastFile'"):
        check_channels({"train": CSV, "validation": {**CSV, "TrainingInputMode": "FastFile"}})


def test_pipe_mode_passes_the_check_and_then_fails() -> None:
    with pytest.raises(UserError, match=r"^Pipe mode for CSV is no longer supported\. "):
        check_channels({"train": {**CSV, "TrainingInputMode": "Pipe"}})


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ({}, "Missing required channel: train"),
        ({"validation": CSV}, "Missing required channel: train"),
        ({"train": CSV, "test": CSV}, "Extraneous channel found: test"),
    ],
)
def test_only_known_channels_are_allowed(channels: dict[str, dict[str, str]], sentence: str) -> None:
    with pytest.raises(UserError) as refusal:
        check_channels(channels)
    assert str(refusal.value) == sentence


def test_a_missing_distribution_is_a_bare_key_error() -> None:
    with pytest.raises(KeyError, match=r"^'S3DistributionType'$"):
        check_channels({"train": {"ContentType": "text/csv", "TrainingInputMode": "File"}})


@pytest.mark.parametrize(
    ("content_type", "named"),
    [
        ("libsvm", "libsvm"),
        ("text/libsvm", "libsvm"),
        ("text/x-libsvm", "libsvm"),
        ("parquet", "parquet"),
        ("application/x-parquet", "parquet"),
        ("recordio-protobuf", "recordio-protobuf"),
        ("application/x-recordio-protobuf", "recordio-protobuf"),
    ],
)
def test_other_formats_are_refused_by_name(content_type: str, named: str) -> None:
    with pytest.raises(NotEmulatedError, match=f"^not emulated by this local cloud: training on {named}$"):
        check_channels({"train": {**CSV, "ContentType": content_type}})


def test_no_content_type_means_libsvm() -> None:
    with pytest.raises(NotEmulatedError, match="libsvm"):
        check_channels({"train": FILE})


def test_a_code_channel_means_script_mode() -> None:
    with pytest.raises(NotEmulatedError, match="script mode"):
        check_channels({"train": CSV, "code": {**CSV, "ContentType": "text/python"}})
