"""A client that sends each request to the next server, as a load balancer would."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bodydouble.mock_server.testing.http import HttpClient, HttpResponse


class Entry(HttpClient):
    """The way into a cluster; what accounts need of a server.

    Args:
        urls: the base URLs of the servers.

    Attributes:
        requests: how many were sent.
    """

    exclusive = False

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__(urls[0])
        self.urls = urls
        self.http: HttpClient = self
        self.control_headers: Mapping[str, str] = {}
        self._counter = itertools.count()
        self._chosen = threading.local()

    @property
    def requests(self) -> int:
        """How many were sent; asking counts as one."""
        return next(self._counter)

    def request(self, method: str, path: str, **arguments: Any) -> HttpResponse:
        """Send a request to the next server, or to that which the thread has chosen."""
        number = next(self._counter)
        url: str = getattr(self._chosen, "url", None) or self.urls[number % len(self.urls)]
        return super().request(method, path if path.startswith("http") else url + path, **arguments)

    @contextmanager
    def only(self, url: str) -> Iterator[None]:
        """Send this thread's requests to one server meanwhile."""
        self._chosen.url = url
        try:
            yield
        finally:
            self._chosen.url = None
