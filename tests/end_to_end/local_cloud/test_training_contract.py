"""What the platform hands to the algorithm, and what becomes of the job: channels, files, hosts, metrics, artifact."""

from __future__ import annotations

import io
import re
import struct
import tarfile
from typing import Any

import pytest

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import CSV, Room, refusal

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "contract")


def channel(room: Room, prefix: str, name: str = "train", **changed: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{room.bucket}/{prefix}"}
    source |= changed.pop("source", {})
    given = {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}, **changed}
    return {member: value for member, value in given.items() if value is not None}


def put(room: Room, **objects: str) -> None:
    """Below `contract/`; two underscores stand for a slash."""
    for name, body in objects.items():
        room.client("s3").put_object(Bucket=room.bucket, Key=f"contract/{name.replace('__', '/')}", Body=body)


def run(room: Room, name: str, *channels: dict[str, Any], **changed: Any) -> dict[str, Any]:
    given = {"InputDataConfig": list(channels)} if channels else {}
    room.sagemaker.create_training_job(**room.job(name, **given, **changed))
    return room.job_ended(name)


def log(room: Room, job: str) -> str:
    logs = room.client("logs")
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{job}/algo-1-")["logStreams"]
    name = streams[0]["logStreamName"]
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)["events"]
    return "\n".join(event["message"] for event in events)


UNSUPPORTED = "Channel configuration for 'train' channel is not supported: "
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "text/csv; label_size=1": ({"ContentType": "text/csv; label_size=1"}, UNSUPPORTED),
    "TEXT/CSV": ({"ContentType": "TEXT/CSV"}, UNSUPPORTED),
    "application/json": ({"ContentType": "application/json"}, UNSUPPORTED),
    "FastFile": ({"InputMode": "FastFile"}, "'TrainingInputMode': 'FastFile'"),
    "Pipe": ({"InputMode": "Pipe"}, "Pipe mode for CSV is no longer supported. Please use Fast File mode"),
    "no ContentType": ({"ContentType": None}, "not emulated by this local cloud: training on"),
    "another channel": ({"ChannelName": "test"}, "Missing required channel: train"),
}


@pytest.fixture(scope="module")
def refused(room: Room) -> dict[str, tuple[dict[str, Any], str]]:
    """The end and the log of one job for each, all at the same time."""
    jobs = {case: f"refused-{number}" for number, case in enumerate(REFUSED)}
    for case, name in jobs.items():
        given = channel(room, "train/data.csv", **REFUSED[case][0])
        room.sagemaker.create_training_job(**room.job(name, InputDataConfig=[given]))
    return {case: (room.job_ended(name), log(room, name)) for case, name in jobs.items()}


@pytest.mark.parametrize("case", REFUSED)
def test_a_channel_that_the_container_does_not_take_ends_the_job(
    refused: dict[str, tuple[dict[str, Any], str]], case: str
) -> None:
    """Seen: the sentence stands at the end of a long traceback, so the log has it and the reason as a rule has not."""
    job, lines = refused[case]

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: framework error: \n")
    assert REFUSED[case][1] in lines


def test_a_sharded_channel_reaches_the_container_as_such(room: Room) -> None:
    """The container takes ShardedByS3Key; with one instance that is the whole of the data."""
    job = run(room, "sharded", channel(room, "train/data.csv", source={"S3DataDistributionType": "ShardedByS3Key"}))
    assert job["TrainingJobStatus"] == "Completed"

    odd = channel(room, "train/data.csv", source={"S3DataDistributionType": "ByChance"})
    code, _ = refusal(room.sagemaker.create_training_job, **room.job("oddly-sharded", InputDataConfig=[odd]))
    assert code == "ValidationException"


NOT_EMULATED: dict[str, tuple[dict[str, Any], str]] = {
    "two instances": (
        {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}},
        "not emulated by this local cloud: training on 2 instances",
    ),
    "checkpoints": (
        {"CheckpointConfig": {"S3Uri": "s3://contract-bucket/checkpoints"}},
        "not emulated by this local cloud: checkpoints",
    ),
}


@pytest.mark.parametrize("case", NOT_EMULATED)
def test_what_is_not_emulated_fails_by_name_instead_of_being_left_out(room: Room, case: str) -> None:
    changed, sentence = NOT_EMULATED[case]

    job = run(room, f"not-emulated-{case.replace(' ', '-')}", **changed)

    assert job["TrainingJobStatus"] == "Failed"
    assert sentence in job["FailureReason"]


def rows(room: Room, job: str) -> list[str]:
    return re.findall(r"Train matrix has (\d+) rows", log(room, job))


def test_a_prefix_is_a_beginning_of_keys_and_no_folder(room: Room) -> None:
    """AWS documents: `S3Prefix` matches all objects whose key begins so."""
    put(room, **{"begins__train__a.csv": CSV, "begins__train-old__b.csv": CSV})
    run(room, "begins", channel(room, "contract/begins/train"))
    run(room, "begins-exactly", channel(room, "contract/begins/train/"))

    assert (rows(room, "begins"), rows(room, "begins-exactly")) == (["120"], ["60"])


def test_the_hierarchy_below_a_prefix_is_preserved(room: Room) -> None:
    """Files of one name in two folders are two files; those below the third folder are not read."""
    deep = {"deep__a.csv": CSV, "deep__one__a.csv": CSV, "deep__two__a.csv": CSV, "deep__1__2__3__a.csv": CSV}
    put(room, **deep)
    run(room, "deep", channel(room, "contract/deep/"))

    assert rows(room, "deep") == ["180"]
    assert "Folder depth exceeds the limit" in log(room, "deep")


def test_an_object_that_stands_for_a_folder_is_a_folder(room: Room) -> None:
    put(room, **{"marked__": "", "marked__sub__": "", "marked__sub__x.csv": CSV, "marked__empty__": ""})

    job = run(room, "marked", channel(room, "contract/marked/"))

    assert (job["TrainingJobStatus"], rows(room, "marked")) == ("Completed", ["60"])


@pytest.mark.parametrize(
    ("name", "objects", "reason"),
    [
        ("clash", {"clash__sub": CSV, "clash__sub__x.csv": CSV}, "is a file and a folder"),
        ("climbs", {"climbs__..__..__..__x.csv": CSV}, "leads out of its channel"),
    ],
)
def test_keys_that_no_folder_can_hold_end_the_download(
    room: Room, name: str, objects: dict[str, str], reason: str
) -> None:
    put(room, **objects)

    job = run(room, name, channel(room, f"contract/{name}/"))

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed: ")
    assert reason in job["FailureReason"]


def metrics(job: dict[str, Any]) -> dict[str, float]:
    return {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}


def test_final_metrics_are_the_last_rounds_as_float32_widened_to_double(room: Room) -> None:
    """Seen: 1.19876 in the log is 1.1987600326538086 in FinalMetricDataList."""
    data = channel(room, "train/data.csv")
    both = run(room, "both", data, channel(room, "train/data.csv", "validation"))
    alone = run(room, "alone", data)

    [*_, (train, validation)] = re.findall(
        r"\[\d+\]#011train-rmse:([\d.]+)#011validation-rmse:([\d.]+)", log(room, "both")
    )
    assert metrics(both) == {"train:rmse": widened(train), "validation:rmse": widened(validation)}
    assert metrics(alone) == {"train:rmse": widened(train)}
    assert widened("1.19876") == 1.1987600326538086
    assert metrics(both)["train:rmse"] != float(train)


def widened(text: str) -> float:
    return float(struct.unpack("<f", struct.pack("<f", float(text)))[0])


NO_NUMBERS: dict[str, tuple[str, dict[str, str]]] = {
    "nan": ("1,1\n1,2\n", {"objective": "binary:logistic", "eval_metric": "auc"}),
    "inf": ("3e38,1\n-3e38,2\n", {"objective": "reg:squarederror", "eval_metric": "rmse"}),
}


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_metric_that_is_no_number_is_absent(room: Room, value: str) -> None:
    """`nan` and `inf` do not match the metric's definition."""
    data, parameters = NO_NUMBERS[value]
    put(room, **{"odd__train.csv": "0,1\n1,2\n" * 20, f"odd__{value}.csv": data})
    channels = channel(room, "contract/odd/train.csv"), channel(room, f"contract/odd/{value}.csv", "validation")

    job = run(room, value, *channels, HyperParameters={"num_round": "2", **parameters})

    metric = parameters["eval_metric"]
    assert f"validation-{metric}:{value}" in log(room, value)
    assert metrics(job).keys() == {f"train:{metric}"}


def test_the_archive_holds_the_model_at_its_root_and_nothing_else(room: Room) -> None:
    job = run(room, "archived")

    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{room.bucket}/")
    body = room.client("s3").get_object(Bucket=room.bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        assert [(member.name, member.isreg()) for member in tar] == [("xgboost-model", True)]
