"""The data formats of the container and the content types that name them."""

from local.container.errors import UserError

CSV, LIBSVM, PARQUET, RECORDIO = "csv", "libsvm", "parquet", "recordio-protobuf"

FORMAT_OF = {
    "csv": CSV,
    "libsvm": LIBSVM,
    "parquet": PARQUET,
    "recordio-protobuf": RECORDIO,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO,
}


def media_type(header: str) -> str:
    """Return what stands before the first parameter."""
    return header.partition(";")[0].strip()


def _parameter(header: str, name: str) -> str | None:
    for part in header.split(";")[1:]:
        key, equals, value = part.partition("=")
        if equals and key.strip() == name:
            return value.strip().strip('"')
    return None


def data_format(content_type: str | None) -> str:
    """Return the format that a content type stands for; without one the container takes libsvm."""
    if content_type is None:
        return LIBSVM
    lowered = content_type.lower()
    if media_type(lowered) not in FORMAT_OF:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(FORMAT_OF)}.")
    found = FORMAT_OF[media_type(lowered)]
    if found == CSV and _parameter(lowered, "label_size") not in (None, "1"):
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return found
