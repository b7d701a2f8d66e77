"""Packages of several result files."""

import io
import zipfile

# The earliest time that the format can hold; the current time would make every package different.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_REGULAR_FILE_READABLE_BY_ALL = 0o100644 << 16


def zip_package(files: dict[str, bytes]) -> bytes:
    """Pack files into a ZIP archive that depends on nothing but their names and contents.

    The entries are sorted by name and stored without compression, since results are mostly compressed already.

    Args:
        files: content by name; a name is a relative path with ``/`` between its parts.

    Returns:
        The archive.

    Raises:
        ValueError: a name is empty, absolute or not in UTF-8, or has empty, ``.`` or ``..`` parts, backslashes or
            NUL characters, which unpackers refuse, change or follow out of the target directory.
    """
    for name in files:
        _require_safe_name(name)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _TIMESTAMP)
            # The default would be the system the server runs on.
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE_READABLE_BY_ALL
            archive.writestr(entry, content)
    return package.getvalue()


def _require_safe_name(name: str) -> None:
    is_encodable = name.encode("utf-8", "replace").decode() == name
    if not is_encodable or {"", ".", ".."} & set(name.split("/")) or "\\" in name or "\0" in name:
        raise ValueError(f"not a safe name for a file in a package: {name!r}")
