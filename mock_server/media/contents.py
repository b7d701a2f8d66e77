"""What a text file or an archive holds, for those who look at a result without downloading it."""

import io
import json
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from bodydouble.mock_server.media.render import render

MAX_TEXT_LENGTH = 20_000
_TEXTS = frozenset({"srt", "ass", "json"})


def contents(name: str, specification: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """What a file holds, as far as words can say it.

    Args:
        name, specification, seed: as `render` takes them.

    Returns:
        `text` of a text file, its first `MAX_TEXT_LENGTH` characters; `entries` of an archive, the name and the
        number of `bytes` of each; nothing for other files.
    """
    extension = name.rpartition(".")[2]
    if extension in _TEXTS:
        content = render(name, specification, seed) or b""
        return {"text": content.decode("utf-8-sig")[:MAX_TEXT_LENGTH]}
    if extension == "zip":
        entries = _entries(name, json.dumps(specification, sort_keys=True, default=str), seed)
        return {"entries": [{"name": entry, "bytes": size} for entry, size in entries]}
    return {}


# An open page asks again and again; a picture in an archive takes a while to draw.
@lru_cache(maxsize=16)
def _entries(name: str, specification: str, seed: str) -> tuple[tuple[str, int], ...]:
    package = render(name, json.loads(specification), seed) or b""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return tuple((entry.filename, entry.file_size) for entry in archive.infolist())
