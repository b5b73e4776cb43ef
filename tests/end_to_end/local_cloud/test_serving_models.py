"""`model.tar.gz` as anyone may have made it: an endpoint that fails in AWS's words, and nothing outside its folder."""

from __future__ import annotations

import io
import os
import re
import tarfile
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from local.server import Server, free_port
from tests.end_to_end.local_cloud.serving import Serving, archive, file, tiny_model

GIGABYTE = 1024**3
INVALID = "Please ensure that the object located at the URL is a valid tar.gz archive."
TOO_LARGE = "The model data archive is too large."
UNLOADABLE = "The primary container for production variant AllTraffic did not pass the ping health check."


@pytest.fixture(scope="module")
def serving(cloud: Server) -> Serving:
    return Serving(cloud, "models")


@pytest.fixture(scope="module")
def token() -> str:
    """In the name of whatever must not come to exist."""
    return f"escaped-{uuid.uuid4().hex}"


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def sparse(size: int) -> tuple[tarfile.TarInfo, bytes]:
    """A file of this size that takes no room in the archive."""
    member = tarfile.TarInfo("xgboost-model")
    member.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(size)}
    return member, b""


MODEL = file("xgboost-model", tiny_model())
HOSTILE: dict[str, tuple[Callable[[str], bytes], str]] = {
    "a path that leaves the folder": (lambda token: archive(MODEL, file(f"../../{token}", b"x")), INVALID),
    "a path that leaves and comes back": (lambda token: archive(file(f"a/../../model/{token}", b"x")), INVALID),
    "an absolute name": (lambda token: archive(MODEL, file(f"{tempfile.gettempdir()}/{token}", b"x")), INVALID),
    "a link to outside": (
        lambda token: archive(
            special("out", tarfile.SYMTYPE, tempfile.gettempdir()), file(f"out/{token}", b"x"), MODEL
        ),
        INVALID,
    ),
    "a link to inside": (lambda _: archive(MODEL, special("again", tarfile.SYMTYPE, "xgboost-model")), INVALID),
    "a hard link": (lambda _: archive(MODEL, special("shadow", tarfile.LNKTYPE, "/etc/passwd")), INVALID),
    "a device": (lambda _: archive(MODEL, special("device", tarfile.CHRTYPE)), INVALID),
    "a pipe": (lambda _: archive(MODEL, special("xgboost-pipe", tarfile.FIFOTYPE)), INVALID),
    "a file in the place of a folder": (lambda _: archive(file("a", b"x"), file("a/b", b"x")), INVALID),
    "a huge sparse file": (lambda _: archive(sparse(6 * GIGABYTE)), TOO_LARGE),
    "a zip": (lambda _: b"PK\x03\x04" + bytes(200), INVALID),
    "a truncated archive": (lambda _: archive(MODEL)[:-200], INVALID),
    "nothing": (lambda _: b"", INVALID),
    "no model": (lambda _: archive(), UNLOADABLE),
    "a model and its description": (lambda _: archive(MODEL, file("metadata.json", b"{}")), UNLOADABLE),
}


@pytest.fixture(scope="module")
def endpoints(serving: Serving, token: str) -> dict[str, str]:
    """One of each, all on their way to failure at once."""
    urls = {what: serving.upload(slug(what), make(token)) for what, (make, _) in HOSTILE.items()}
    return {what: serving.create(slug(what), data=url) for what, url in urls.items()}


def slug(what: str) -> str:
    return re.sub(r"\W", "-", what)


@pytest.mark.parametrize("what", HOSTILE)
def test_an_archive_that_is_no_model_fails_the_endpoint(
    serving: Serving, endpoints: dict[str, str], token: str, what: str
) -> None:
    reason = HOSTILE[what][1]

    failed = serving.until(endpoints[what], "Failed")["FailureReason"]

    assert reason in failed
    assert reason == UNLOADABLE or f'"s3://models/{slug(what)}/model.tar.gz"' in failed
    assert found(token) == []


def found(token: str) -> list[str]:
    """Beside the cloud's folders, or anywhere in them."""
    root = Path(tempfile.gettempdir())
    names = [path.name for path in root.iterdir()]
    for cloud in root.glob("local-cloud-*"):
        for _, folders, files in os.walk(cloud):  # unlike glob it does not mind what goes away meanwhile
            names += folders + files
    return [name for name in names if token in name]


def test_a_header_of_any_size_costs_no_memory(serving: Serving) -> None:
    """Read as a whole, it would be the cloud's memory rather than the container's."""
    huge = special("header", b"x")[0]
    huge.size = 300 * 1024**2
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        tar.addfile(huge, io.BytesIO(bytes(huge.size)))
    url = serving.upload("header", buffer.getvalue())
    before = peak_megabytes(serving.cloud.pid)

    name = serving.create("header", data=url)

    assert INVALID in serving.until(name, "Failed")["FailureReason"]
    assert peak_megabytes(serving.cloud.pid) - before < 100


def peak_megabytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


def test_a_model_that_has_gone_fails_the_endpoint(serving: Serving) -> None:
    url = serving.upload("gone", archive(MODEL))
    name = serving.config("models-gone", data=url)
    serving.client("s3").delete_object(Bucket="models", Key="gone/model.tar.gz")

    serving.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    reason = serving.until(name, "Failed")["FailureReason"]
    assert f'Failed to download model data for container "container_1" from URL: "{url}"' in reason


def test_files_in_folders_and_hidden_ones_are_no_models(serving: Serving) -> None:
    """Several models are averaged; two of the same answer what one answers."""
    one = serving.deploy("one")
    members = [MODEL, file("./another", MODEL[1]), file("code/inference.py", b"x"), file(".hidden", b"x")]
    several = serving.deploy("several", data=serving.upload("several", archive(*members)))

    assert serving.invoke(several) == serving.invoke(one)


def test_a_container_that_is_not_up_in_time_fails_the_endpoint(cloud: Server, tmp_path: Path) -> None:
    """AWS documents: image and model download and the first ping within 3 minutes."""
    settings = replace(cloud.settings, port=free_port(), start_seconds=0.02)
    with Server(settings, tmp_path / "server.log") as server:
        serving = Serving(server, "slow-start")
        name = serving.create("late")
        reason = serving.until(name, "Failed")["FailureReason"]
        assert UNLOADABLE in reason or "The download timed out." in reason
        assert serving.instances() == []
