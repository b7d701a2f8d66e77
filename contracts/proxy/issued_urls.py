"""URLs that an endpoint has issued: a request for such a URL fetches a file, and is no operation of the contract."""

import re
import threading
from typing import Any
from urllib.parse import urlsplit

from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import JSON, media_type
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

# The oldest are forgotten first.
MAX_PATHS = 50_000
_URL = re.compile(r"https?://[^\s\"'<>\\]+")


class IssuedUrls:
    """Remembers the paths of URLs in an endpoint's responses, if they point to itself; may be used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: dict[str, None] = {}

    def record(self, exchange: RecordedExchange) -> None:
        """Remember the URLs in a response."""
        response, host = exchange.response, exchange.request.headers.get("host", "")
        if response is None or not exchange.whole or media_type(response.headers) not in (JSON, ""):
            return
        try:
            document = parse(response.body)
        except JsonTextError:
            return
        urls = [urlsplit(url) for text in _texts(document) for url in _URL.findall(text)]
        with self._lock:
            self._paths.update({url.path: None for url in urls if url.netloc == host})
            while len(self._paths) > MAX_PATHS:
                del self._paths[next(iter(self._paths))]

    def __contains__(self, path: str) -> bool:
        with self._lock:
            return path in self._paths


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
