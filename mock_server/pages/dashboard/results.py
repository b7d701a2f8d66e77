"""The result files of a task, and how a page shows each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_KINDS = {
    "video": ("mp4", "mov", "webm"),
    "audio": ("wav", "mp3", "m4a"),
    "picture": ("png", "jpg", "jpeg", "gif", "webp"),
    "text": ("srt", "ass", "vtt", "txt", "json"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One result file.

    Attributes:
        path: of its URL: the reader of the page is where the server is, whatever the base URL says.
        kind: `video`, `audio`, `picture`, `text` or `file`.
    """

    name: str
    path: str
    kind: str


def results_of(files: Iterable[Mapping[str, str]]) -> list[Result]:
    """How the files of a task are shown."""
    return [Result(file["name"], _path(file["url"]), _kind(file["name"])) for file in files]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _kind(name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    return next((kind for kind, extensions in _KINDS.items() if extension in extensions), "file")
