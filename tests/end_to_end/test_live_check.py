"""`make live-check` against the local cloud: the tide from deployment to removal, and a result to be kept."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples import live_check
from local import stack
from local.server import Server, free_port
from local.settings import Settings


@pytest.mark.parametrize(
    "given", [{}, {"EBB_LIVE": "1"}, {"AWS_PROFILE": "mine"}, {"EBB_LIVE": "yes", "AWS_PROFILE": "m"}]
)
def test_it_begins_only_when_told_to_and_whose_account_it_is(
    given: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live_check.main(given, tmp_path / "result.json") == 2
    assert "It costs about $1" in capsys.readouterr().err
    assert not (tmp_path / "result.json").exists()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    """An account in which nothing was ever deployed."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.2, delete_seconds=0.1)
    with Server(settings, tmp_path / "server.log") as server:
        yield server


@pytest.mark.soak
def test_it_runs_the_whole_tide_and_leaves_nothing(
    empty: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = empty.admin
    config = tmp_path / "config"
    config.write_text(
        f"[profile live]\nregion = {stack.REGION}\nendpoint_url = {empty.settings.endpoint_url}\n"
        f"aws_access_key_id = {empty.settings.access_key}\naws_secret_access_key = {empty.settings.secret}\n"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {**kept, "AWS_PROFILE": "live", "AWS_CONFIG_FILE": str(config), "SAM_CLI_TELEMETRY": "0"}
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    def variables() -> dict[str, str]:
        """The function URL's host leads nowhere here."""
        found = [one["StackName"] for one in admin.client("cloudformation").describe_stacks()["Stacks"]]
        if live_check.STACK not in found:
            return {}
        address = stack.outputs(admin, live_check.STACK)["PredictUrl"].split("//")[1].partition(".")[0]
        return {"EBB_PREDICT_URL": f"{empty.settings.endpoint_url}/_aws/lambda-url/{address}/"}

    check = live_check.LiveCheck(given, variables, patience=120)
    well = check.run()
    live_check.write(tmp_path / "result.json", check, well)

    result = json.loads((tmp_path / "result.json").read_text())
    assert [step["step"] for step in result["steps"] if not step["well"]] == [], result
    assert [step["step"] for step in result["steps"]] == [
        *("deploy", "train", "predict", "sleep", "wake", "replace", "read_journal", "uninstall", "remove")
    ]
    assert admin.client("sagemaker").list_endpoints()["Endpoints"] == []
    assert admin.client("dynamodb").list_tables()["TableNames"] == []
