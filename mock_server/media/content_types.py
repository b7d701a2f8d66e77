"""Content types of the result files."""

from os.path import splitext

_CONTENT_TYPES = {
    ".ass": "text/x-ssa",
    ".json": "application/json",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".srt": "application/x-subrip",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".zip": "application/zip",
}


def content_type(name: str) -> str:
    """Return the media type for a file name or URL path (without a query string), by its extension.

    The case of the extension does not matter. A name without a known extension gives ``application/octet-stream``,
    the type that HTTP reserves for content that is not known any better.
    """
    return _CONTENT_TYPES.get(splitext(name)[1].lower(), "application/octet-stream")
