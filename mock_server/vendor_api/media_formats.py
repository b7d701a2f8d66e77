"""The format that the address of a file shows: nothing is downloaded."""

from collections.abc import Collection
from urllib.parse import unquote, urlsplit


def why_unsuitable(url: str, formats: Collection[str]) -> str | None:
    """Why an address cannot be that of a file in one of the formats; None if it can.

    Args:
        formats: extensions, in lower case and without the point. An address without an extension suits all.
    """
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError as error:
        return f"not a usable URL: {error}"
    _, point, extension = name.rpartition(".")
    if not point or extension.lower() in formats:
        return None
    return f"{' or '.join(formats).upper()} format only, not {extension}"
