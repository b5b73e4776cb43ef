"""What is taken for an artifact, and what is not."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ebb.trees.archive import read_archive
from ebb.trees.limits import ModelLimits
from ebb.trees.unusable import UnusableModelError
from tests.unit.ebb.trees.boosters import packed

MODEL = b"{L" + bytes(range(256)) * 5
GOOD = packed({"xgboost-model": MODEL})
MIB = 1024 * 1024


def _reason(archive: bytes, **limits: int) -> str:
    with pytest.raises(UnusableModelError) as refused:
        read_archive(archive, ModelLimits(**limits))
    return refused.value.reason


def _tar(**header: Any) -> bytes:
    return gzip.decompress(packed({"xgboost-model": MODEL}, **header))


def test_the_model_comes_out_of_bytes_a_path_and_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(GOOD)
    assert read_archive(GOOD) == read_archive(path) == read_archive(str(path)) == MODEL
    with path.open("rb") as stream:
        assert read_archive(stream) == MODEL


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_dates_and_owners_may_be_written_in_any_form(form: int) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", format=form) as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size, member.mtime, member.uname = len(MODEL), 1_700_000_000.25, "o" * 30
        tar.addfile(member, io.BytesIO(MODEL))
    assert read_archive(archive.getvalue()) == MODEL


def test_a_folder_that_was_packed_whole_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(MODEL)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.add(tmp_path, "./", recursive=False)
        tar.add(tmp_path / "xgboost-model", "./xgboost-model")
    assert read_archive(archive.getvalue()) == MODEL


@pytest.mark.parametrize(
    "files",
    [
        {"metadata.json": MODEL},
        {"xgboost-model": MODEL, "xgboost-model-1": MODEL},
        {"xgboost-model": MODEL, "./xgboost-model": MODEL},
        {"models/xgboost-model": MODEL},
        {"../xgboost-model": MODEL},
        {"/xgboost-model": MODEL},
        {"xgboost-model\n": MODEL},
    ],
    ids=repr,
)
def test_any_other_file_would_be_a_second_model_to_the_container(files: dict[str, bytes]) -> None:
    assert "should have one file" in _reason(packed(files))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_the_model_is_a_regular_file(kind: bytes) -> None:
    header = tarfile.TarInfo("xgboost-model")
    header.type, header.linkname = kind, "/etc/passwd"
    assert "should have one file" in _reason(gzip.compress(header.tobuf() + bytes(1024)))


@pytest.mark.parametrize("key", ["path", "size", "linkpath", "GNU.sparse.realsize", "SCHILY.xattr.user.x"])
def test_an_extended_header_says_only_dates_and_owners(key: str) -> None:
    assert "more than dates" in _reason(packed({"xgboost-model": MODEL}, pax_headers={key: "1"}))


def test_nothing_at_all_and_what_is_no_archive() -> None:
    assert _reason(b"") == "its archive ends too early"
    assert _reason(GOOD[:-20]) == "its archive ends too early"
    assert _reason(b"PK\3\4" + GOOD) == "its archive is not gzip"
    assert _reason(GOOD + GOOD) == "its archive goes on behind its end"
    assert _reason(gzip.compress(b"")) == "its archive has no xgboost-model"
    assert _reason(gzip.compress(MODEL[:512])) == "its archive is not tar"
    assert _reason(gzip.compress(_tar()[:900])) == "its archive ends too early"
    assert _reason(gzip.compress(_tar() + b"x")) == "its archive goes on behind its end"


def test_a_header_is_checked_by_its_sum() -> None:
    tar = _tar()
    assert _reason(gzip.compress(tar[:140] + b"7" + tar[141:])) == "its archive is not tar"


def test_sizes_are_limited_before_and_behind_the_compression() -> None:
    assert _reason(GOOD, archive_bytes=len(GOOD) - 1) == f"its archive has more than {len(GOOD) - 1} bytes"
    assert _reason(GOOD, model_bytes=len(MODEL) - 1) == f"its file has more than {len(MODEL) - 1} bytes"
    assert read_archive(GOOD, ModelLimits(archive_bytes=len(GOOD), model_bytes=len(MODEL))) == MODEL


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(40 * MIB), compresslevel=9)
    tracemalloc.start()
    try:
        assert "unpacks to more than" in _reason(bomb, model_bytes=MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_a_file_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    with path.open("wb") as file:
        file.truncate(100 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(UnusableModelError):
            read_archive(path, ModelLimits(archive_bytes=MIB))
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_a_stream_is_not_read_beyond_the_limit() -> None:
    stream = io.BytesIO(bytes(MIB))
    with pytest.raises(UnusableModelError):
        read_archive(stream, ModelLimits(archive_bytes=1000))
    assert stream.tell() == 1001
