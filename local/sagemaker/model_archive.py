"""`model.tar.gz`: fetched with the model's role and unpacked into a folder that nothing in it can leave."""

from __future__ import annotations

import gzip
import tarfile
import time
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

_BLOCK = 1024 * 1024
_CONTAINER = 'for container "container_1" from URL'


class ModelDataError(Exception):
    """The endpoint cannot have its model; the message is what its FailureReason says."""


def model_url(container: dict[str, Any]) -> str | None:
    """Where a container's model data is; a container may have none."""
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        url: str | None = container.get("ModelDataUrl")
        return url
    if (source["CompressionType"], source["S3DataType"]) != ("Gzip", "S3Object"):
        raise ModelDataError("The local SageMaker does not emulate uncompressed model data.")
    return str(source["S3Uri"])


def place_model(url: str | None, folder: Path, s3: Any, max_bytes: int, deadline: float) -> None:
    """The archive's content below `<folder>/model`."""
    (folder / "model").mkdir(parents=True)
    if url:
        _Unpacking(url, folder, max_bytes, deadline).run(s3)


class _Archive(gzip.GzipFile):
    """Never read in large pieces: an extended header may claim any size, and would be read as a whole."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _BLOCK:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return super().read(size)


class _Unpacking:
    """One model on its way, within a size and a time."""

    def __init__(self, url: str, folder: Path, max_bytes: int, deadline: float) -> None:
        self._url, self._folder = url, folder
        self._left, self._deadline = max_bytes, deadline

    def run(self, s3: Any) -> None:
        archive = self._folder / "model.tar.gz"
        self._download(s3, archive)
        try:
            with _Archive(archive) as content, tarfile.open(fileobj=content, mode="r:") as tar:
                for member in tar:
                    self._extract(tar, member)
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as broken:
            raise self._invalid() from broken
        finally:
            archive.unlink()

    def _download(self, s3: Any, archive: Path) -> None:
        bucket, _, key = self._url.removeprefix("s3://").partition("/")
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"]
            with archive.open("wb") as file:
                self._copy(body, file)
        except (ClientError, BotoCoreError) as error:
            raise ModelDataError(
                f'Failed to download model data {_CONTAINER}: "{self._url}". Please ensure that there is an object '
                "located at the URL and that the role passed to CreateModel has permissions to download the object."
            ) from error

    def _extract(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Files and folders only. AWS documents: it cannot extract an archive that contains symbolic links."""
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isreg() or member.isdir()):
            raise self._invalid()
        target = self._folder / "model" / path
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            return
        # A sparse file is small in the archive; what counts is what it would be here.
        self._left -= member.size
        if self._left < 0:
            raise ModelDataError(
                f'Failed to extract model data archive {_CONTAINER} "{self._url}". The model data archive is too '
                "large. Please reduce the size of the model data archive or move to an instance type with more memory."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        assert content is not None
        with content, target.open("wb") as file:
            self._copy(content, file)

    def _copy(self, source: Any, target: IO[bytes]) -> None:
        while block := source.read(_BLOCK):
            if time.monotonic() > self._deadline:
                raise ModelDataError(
                    f'Failed to download model data {_CONTAINER}: "{self._url}". The download timed out.'
                )
            target.write(block)

    def _invalid(self) -> ModelDataError:
        return ModelDataError(
            f'Failed to extract model data archive {_CONTAINER} "{self._url}". '
            "Please ensure that the object located at the URL is a valid tar.gz archive."
        )
