"""The result files of a task, and how a page shows each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bodydouble.mock_server.pages.formats import shortened

# Characters of a text that a page shows.
_MAX_TEXT_LENGTH = 2_000

_KINDS = {
    "video": ("mp4", "mov", "webm"),
    "audio": ("wav", "mp3", "m4a"),
    "picture": ("png", "jpg", "jpeg", "gif", "webp"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One result file.

    Attributes:
        path: of its URL: the reader of the page is where the server is, whatever the base URL says.
        kind: `video`, `audio`, `picture`, `text`, `archive` or `file`.
        text: of a text file, shortened.
        entries: of an archive: `name` and `bytes` of each.
    """

    name: str
    path: str
    kind: str
    text: str = ""
    entries: Sequence[Mapping[str, Any]] = ()


def results_of(files: Iterable[Mapping[str, Any]]) -> list[Result]:
    """How the files of a task are shown."""
    return [
        Result(
            file["name"],
            _path(file["url"]),
            _kind(file),
            shortened(file.get("text", ""), _MAX_TEXT_LENGTH),
            file.get("entries", ()),
        )
        for file in files
    ]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _kind(file: Mapping[str, Any]) -> str:
    # What a text or an archive is, the control plane says by what it shows of it.
    if "text" in file or "entries" in file:
        return "text" if "text" in file else "archive"
    extension = file["name"].rpartition(".")[2].lower()
    return next((kind for kind, extensions in _KINDS.items() if extension in extensions), "file")
