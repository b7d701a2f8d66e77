"""Any result file, by the extension of its name and what is said of it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.media.ass import ass
from bodydouble.mock_server.media.mp4 import mp4
from bodydouble.mock_server.media.png import png
from bodydouble.mock_server.media.srt import srt
from bodydouble.mock_server.media.wav import wav
from bodydouble.mock_server.media.webm import webm
from bodydouble.mock_server.media.zip import zip_package

HOUR = 3600 * 1000


@dataclass(frozen=True, slots=True)
class _File:
    duration: int
    width: int
    height: int
    text: str
    sample_rate: int
    content: Any
    seed: str


_RENDERERS: Mapping[str, Callable[[_File], bytes]] = {
    "mp4": lambda file: mp4(file.duration, file.width, file.height),
    "mov": lambda file: mp4(file.duration, file.width, file.height),
    "webm": lambda file: webm(file.duration, file.width, file.height),
    "wav": lambda file: wav(min(file.duration, HOUR), file.sample_rate),
    "png": lambda file: png(file.width, file.height, file.seed),
    "ass": lambda file: ass(file.text, file.duration, file.width, file.height),
    "srt": lambda file: srt(file.text, file.duration),
    "zip": lambda file: zip_package({"cover.png": png(file.width, file.height, file.seed), "model.json": b"{}"}),
    "json": lambda file: json.dumps(file.content, ensure_ascii=False, separators=(",", ":")).encode(),
}


def render(name: str, specification: Mapping[str, Any], seed: str) -> bytes | None:
    """The bytes of a file.

    Args:
        name: its extension says which type it has.
        specification: `duration` in milliseconds, `width` and `height` in pixels, `text` of subtitles, `sample_rate`,
            `content` of JSON.
        seed: what pictures are drawn from.

    Returns:
        None for a type that is not made.
    """
    renderer = _RENDERERS.get(name.rpartition(".")[2])
    if renderer is None:
        return None
    return renderer(
        _File(
            duration=max(1, int(specification.get("duration", 2000))),
            width=int(specification.get("width", 1080)),
            height=int(specification.get("height", 1920)),
            text=str(specification.get("text", "")),
            sample_rate=int(specification.get("sample_rate", 16000)),
            content=specification.get("content", {}),
            seed=seed,
        )
    )
