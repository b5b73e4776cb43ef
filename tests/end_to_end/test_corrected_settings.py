"""What a person does after a refusal: correct model.toml, upload it, and nothing else. And packed files."""

from __future__ import annotations

import gzip

from tests.end_to_end.tide import ABALONE, Tide


def test_a_corrected_model_toml_runs_a_refused_upload_again(tide: Tide) -> None:
    tide.upload("mended", ABALONE.read_bytes(), settings="validation = 0.9\n")
    tide.until("mended", "refused")
    assert tide.jobs("mended") == []

    tide.s3.put_object(Bucket=tide.bucket, Key="datasets/mended/model.toml", Body=b"validation = 0.1\n")

    tide.live("mended")
    assert len(tide.jobs("mended")) == 1
    tide.hears("mended", "DatasetRefused", "TrainingStarted", "EndpointLive")


def test_a_packed_file_is_as_good_as_another(tide: Tide) -> None:
    tide.upload("packed", gzip.compress(ABALONE.read_bytes()), "abalone.csv.gz")
    tide.live("packed")
    assert "3307 rows to train on, 870 held out" in " ".join(
        event["detail"]["sentence"] for event in tide.announced("packed")
    )
