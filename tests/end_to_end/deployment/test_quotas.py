"""What a quota of the account will never allow is told once per upload, by the quota's name; nothing waits for ever."""

from __future__ import annotations

import pytest

from tests.end_to_end.deployment.evidence import FIRST, SECOND, at_rest, endpoints, kinds, stage, told
from tests.end_to_end.deployment.orders import misbehaving
from tests.end_to_end.tide import Tide

SERVERLESS = "Maximum number of serverless endpoints"
CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
NONE = {"ml.m5.xlarge": 0, "ml.c5.xlarge": 0}
C5 = '[training]\ninstance_type = "ml.c5.xlarge"\n'
FIVE = '[training]\ninstance_type = "ml.m5.large"\n[endpoint]\nmax_concurrency = 5\n'
# The quota that is too small, model.toml, the kind of announcement, the quota that it names, and the runs' stage.
TOO_SMALL = {
    "no-jobs": ("training", "", "TrainingFailed", "'ml.m5.xlarge for training job usage' is 0", "failed"),
    "no-such-jobs": ("training", C5, "TrainingFailed", "'ml.c5.xlarge for training job usage' is 0", "failed"),
    "few-calls": ("concurrency", FIVE, "ModelHeldBack", f"'{CONCURRENCY}' is 3, but 5", "held-back"),
    "no-endpoints": ("endpoints", "", "ModelHeldBack", f"'{SERVERLESS}' is 0", "held-back"),
}


@pytest.fixture(scope="module")
def refused(tide: Tide) -> dict[str, list[str]]:
    """Two uploads for each quota that is too small; the runs, when all is quiet."""
    runs = {}
    for quotas in ({"training": NONE, "concurrency": 3}, {"endpoints": 0}):
        with misbehaving(tide, "quotas", quotas):
            for model, (quota, settings, *_) in TOO_SMALL.items():
                if quota in quotas:
                    versions = [tide.upload(model, rows, settings=settings or None) for rows in (FIRST, SECOND)]
                    runs[model] = [tide.run(model, version) for version in versions]
            at_rest(tide)
    return runs


@pytest.mark.parametrize("model", TOO_SMALL)
def test_a_quota_that_never_suffices_is_told_once_per_upload(
    tide: Tide, refused: dict[str, list[str]], model: str
) -> None:
    _, _, kind, quota, became = TOO_SMALL[model]
    for run in refused[model]:
        said = [event["detail"] for event in told(tide, model, run) if event["detail-type"] != "TrainingStarted"]
        assert kinds(told(tide, model, run))[-1:] == [kind]
        assert len(said) == 1
        assert quota in said[0]["sentence"]
        assert "Service Quotas" in said[0]["sentence"]
        assert said[0].get("code") == ("quota" if kind == "ModelHeldBack" else None)
        assert stage(tide, model, run) == became
    assert endpoints(tide, model) == {}


def test_without_a_place_for_a_candidate_the_endpoint_is_updated_at_once(tide: Tide) -> None:
    first = tide.live("crowded", tide.run("crowded", tide.upload("crowded", FIRST)))
    at_rest(tide)
    there = len(tide.sagemaker.list_endpoints(MaxResults=100)["Endpoints"])

    with misbehaving(tide, "quotas", {"endpoints": there}):
        second = tide.live("crowded", tide.run("crowded", tide.upload("crowded", SECOND)))
        at_rest(tide)

    assert kinds(told(tide, "crowded", second)) == ["TrainingStarted", "EndpointLive"]
    said = told(tide, "crowded", second)[1]["detail"]
    assert (said["direct"], said["replaced"]) == (True, first)
    assert "not tried beforehand" in said["sentence"]
    assert endpoints(tide, "crowded") == {"ebb-crowded": second}
