"""A refused upload costs nothing: no job, one announcement that says where and what to do, nothing left over."""

from typing import Any

import pytest

from ebb.context import Context
from ebb.environment import StartTrainingSettings
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, GOOD_ROWS, NOW, Stack

KEY = "datasets/abalone/abalone.csv"
TOML = "datasets/abalone/model.toml"


def _place(problem: dict[str, Any]) -> tuple[str, int | None, int | None, str | None]:
    column = problem["column"] or {"position": None, "name": None}
    return problem["code"], problem["line"], column["position"], column["name"]


def _left(stack: Stack, run: str) -> set[str]:
    return {key.removeprefix(f"runs/abalone/{run}/") for key in stack.listed(f"runs/abalone/{run}/")}


def _open_parts(stack: Stack) -> list[Any]:
    return list(stack.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


@pytest.mark.parametrize(
    ("data", "places"),
    [
        (b"1,2,3\n4,abc,6\n" + GOOD_ROWS, [("not_a_number", 2, 1, None)]),
        (b"label,length,weight\n4,abc,6\n" + GOOD_ROWS, [("not_a_number", 2, 1, "length")]),
        (b"", [("empty_file", None, None, None)]),
        (b"".join(b"%d\n" % number for number in range(20)), [("no_features", 1, 0, None)]),
        (b"1,2,3\n2,2,3\n" * 4, [("too_few_rows", None, None, None)]),
        (
            b"1,x,2.5\n,1,2\n" + GOOD_ROWS + b"1,2\n1,2,1e99\n",
            [
                *(("not_a_number", 1, 1, None), ("missing_label", 2, 0, None)),
                *(("ragged_row", 203, 2, None), ("out_of_range", 204, 2, None)),
            ],
        ),
    ],
    ids=["text", "named", "empty", "one-column", "few-rows", "several"],
)
def test_a_bad_table_is_refused_with_line_and_column(
    stack: Stack, intake: Intake, data: bytes, places: list[tuple[str, int | None, int | None, str | None]]
) -> None:
    outcome = intake.take(stack.upload(KEY, data))
    assert outcome["outcome"] == "refused"
    run = outcome["run"]
    assert stack.sagemaker.calls == []
    dataset = stack.read_json(f"runs/abalone/{run}/dataset.json")
    assert (dataset["schema"], dataset["verdict"], dataset["run"], dataset["warnings"]) == (1, "refused", run, [])
    assert (dataset["source"]["key"], dataset["source"]["bytes"]) == (KEY, len(data))
    assert [_place(problem) for problem in dataset["problems"]] == places
    assert all(problem["remedy"] for problem in dataset["problems"])
    assert _left(stack, run) == {"dataset.json", "settings.json"}
    assert _open_parts(stack) == []
    (said,) = stack.announcements()
    assert (said["name"], said["model"], said["run"]) == ("DatasetRefused", "abalone", run)
    assert said["problems"] == dataset["problems"]
    assert said["sentence"].startswith(f"{KEY} was refused. ")


def test_a_refusal_is_in_latest_json_and_in_the_ledger(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, b"1,2,3\n4,abc,6\n" + GOOD_ROWS)
    outcome = intake.take(upload)
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"]) == (outcome["run"], "refused")
    assert [_place(problem) for problem in latest["problems"]] == [("not_a_number", 2, 1, None)]
    row = stack.row("abalone", f"run#{outcome['run']}")
    assert (row["stage"], row["reason"]) == ("refused", outcome["reason"])
    assert (row["key"], row["version_id"]) == (KEY, upload.version_id)


def test_a_refused_upload_is_read_and_announced_once(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, b"")
    first = intake.take(upload)
    read = stack.record_calls("GetObject")
    assert intake.take(upload) == first
    assert KEY not in read
    assert [said["name"] for said in stack.announcements()] == ["DatasetRefused"]


def test_a_problem_at_the_end_of_a_big_file_leaves_no_open_upload(stack: Stack, intake: Intake) -> None:
    data = b"".join(b"%d,%d.25,0.12345678901234,9.75\n" % (n % 29, n) for n in range(350_000)) + b"1,2,x,4\n"
    parts = stack.record_calls("UploadPart")
    outcome = intake.take(stack.upload(KEY, data))
    assert parts
    assert outcome["reason"].startswith(f"{KEY} was refused. Line 350001, column 2: 'x' is not a number")
    assert _left(stack, outcome["run"]) == {"dataset.json", "settings.json"}
    assert _open_parts(stack) == []


@pytest.mark.parametrize(
    ("toml", "count", "named"),
    [
        (b"validation = ", 1, "model.toml is not TOML"),
        (b"validation = 0.9", 1, "validation = 0.9"),
        (b"spot = true\n[training]\nvolume_gb = 0", 2, "spot"),
        (b'[training]\ninstance_type = "ml.p5.48xlarge"', 1, "ml.p5.48xlarge"),
        (b'validation = 0.1\n# f\xfcr "M\xe4rz"', 1, "model.toml holds the byte 0xFC, which is not UTF-8."),
        (b"#" * 70_000, 1, "model.toml has more than 65,536 bytes"),
        (b"".join(b"unknown_%d = 1\n" % number for number in range(3000)), 20, "unknown_0"),
    ],
)
def test_a_bad_model_toml_refuses_the_upload_before_its_data_are_read(
    stack: Stack, intake: Intake, toml: bytes, count: int, named: str
) -> None:
    settings = stack.upload(TOML, toml)
    upload = stack.upload(KEY, GOOD_ROWS)
    read = stack.record_calls("GetObject")
    outcome = intake.take(upload)
    assert outcome["outcome"] == "refused"
    assert KEY not in read
    assert read.count(TOML) == 2  # once to judge the upload, once to see that nothing better has come meanwhile
    assert _left(stack, outcome["run"]) == {"dataset.json", "settings.json"}
    (said,) = stack.announcements()
    assert [problem["code"] for problem in said["problems"]] == ["wrong_setting"] * count
    assert named in said["problems"][0]["problem"]
    assert stack.sagemaker.calls == []
    for name in ("settings", "dataset"):
        kept = stack.read_json(f"runs/abalone/{outcome['run']}/{name}.json")
        assert (kept["problems"], kept["model_toml_version"]) == (said["problems"], settings.version_id)


def test_a_file_above_the_stacks_limit_is_refused_unread(stack: Stack, start_settings: StartTrainingSettings) -> None:
    tiny = StartTrainingSettings(**(vars(start_settings) | {"max_dataset_gb": 0}))
    upload = stack.upload(KEY, GOOD_ROWS)
    read = stack.record_calls("GetObject")
    outcome = Intake(Context(stack.clients, tiny, NOW)).take(upload)
    assert KEY not in read
    assert _left(stack, outcome["run"]) == {"dataset.json", "settings.json"}
    (said,) = stack.announcements()
    assert [problem["code"] for problem in said["problems"]] == ["too_large"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("datasets/Abalone_2/data.csv", "wrong_model_name"),
        ("datasets/abalone/abalone.xlsx", "wrong_ending"),
        ("datasets/abalone/abalone.CSV", "wrong_ending"),
        ("datasets/abalone/2026/november.csv", "wrong_key"),
        ("datasets/abalone.csv", "wrong_key"),
    ],
)
def test_a_wrong_key_is_refused_without_a_run(stack: Stack, intake: Intake, key: str, code: str) -> None:
    outcome = intake.take(stack.upload(key, GOOD_ROWS))
    assert (outcome["outcome"], outcome["key"]) == ("refused", key)
    (said,) = stack.announcements()
    model = "abalone" if key.startswith("datasets/abalone/") else "-"
    assert (said["name"], said["model"], said["run"], said["key"]) == ("DatasetRefused", model, None, key)
    assert [problem["code"] for problem in said["problems"]] == [code]
    assert said["problems"][0]["remedy"]
    latest = [] if model == "-" else ["runs/abalone/latest.json"]
    assert (stack.listed(), stack.sagemaker.calls) == (latest, [])


def test_a_refusal_without_a_model_is_remembered_for_a_week(stack: Stack, intake: Intake) -> None:
    intake.take(stack.upload("datasets/Abalone_2/data.csv", GOOD_ROWS))
    found = stack.clients.dynamodb.scan(TableName="ledger")["Items"]
    (row,) = found
    assert row["model"] == {"S": "-"}
    assert row["record"]["S"].startswith("refused#")
    assert row["expires"] == {"N": str(int(NOW.timestamp()) + 7 * 24 * 3600)}


@pytest.mark.parametrize("key", ["datasets/Abalone_2/data.csv", "datasets/abalone/abalone.xlsx"])
def test_a_refusal_without_a_run_is_announced_once(stack: Stack, intake: Intake, key: str) -> None:
    upload = stack.upload(key, GOOD_ROWS)
    assert [intake.take(upload)["outcome"] for _ in range(2)] == ["refused", "already refused"]
    assert [said["name"] for said in stack.announcements()] == ["DatasetRefused"]


@pytest.mark.parametrize(("service", "operation"), [("dynamodb", "UpdateItem"), ("events", "PutEvents")])
@pytest.mark.parametrize(("key", "data"), [("datasets/abalone/abalone.xlsx", GOOD_ROWS), (KEY, b"")])
def test_a_function_that_dies_while_it_refuses_has_said_so_after_the_redelivery(
    stack: Stack, intake: Intake, service: str, operation: str, key: str, data: bytes
) -> None:
    upload = stack.upload(key, data)
    with stack.broken(service, operation), pytest.raises(ConnectionError):
        intake.take(upload)
    stack.s3.delete_object(Bucket=BUCKET, Key="runs/abalone/latest.json")
    assert intake.take(upload)["outcome"] == "refused"
    assert {said["name"] for said in stack.announcements()} == {"DatasetRefused"}
    assert stack.read_json("runs/abalone/latest.json")["stage"] == "refused"
    intake.take(upload)
    assert stack.announcements() == []
