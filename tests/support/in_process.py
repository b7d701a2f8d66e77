"""The mock server without its processes and its socket: the tests call its application, and can read its state.

Everything else is as in `bodydouble serve`: routing, pipeline, journal, outbox and a state (see `states`).
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bodydouble.contracts.model.delivery import Delivery, RetryRules
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.server import ServerHandle
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.app import create_app, load_control
from tests.support.states import location_in
from tests.support.wsgi import WsgiClient


def with_retries(vendor: Vendor, *seconds: float, timeout: float = 5.0, **rules: Any) -> Vendor:
    """A vendor with another retry schedule, and further rules for retries, for its callbacks."""
    retry_rules = RetryRules(**rules)
    callbacks = {
        name: replace(callback, delivery=Delivery(timeout, seconds, callback.delivery.signature, retry_rules))
        for name, callback in vendor.contract.callbacks.items()
    }
    return replace(vendor, contract=replace(vendor.contract, callbacks=callbacks))


# The background threads of all servers that were started, and what gives those that send callbacks.
server_threads: set[threading.Thread] = set()
_started: "set[InProcessServer]" = set()


def threads_of_servers() -> set[threading.Thread]:
    """All threads that belong to a server which was started."""
    return server_threads.union(*(server.services.dispatcher.sending_threads for server in _started))


class LoggingServer(ServerHandle, Protocol):
    """A server, in this process or as one of its own.

    Attributes:
        log: what it has logged, in the usual log level of `bodydouble serve`.
        errors: the errors among that.
    """

    @property
    def log(self) -> str: ...

    @property
    def errors(self) -> list[str]: ...


class InProcessServer:
    """A prepared server; unless it is started, only the test runs anything.

    Args:
        folder: where its state goes.
        vendors: instead of all.
        settings: changes of the default ones.
    """

    def __init__(self, folder: Path, vendors: Iterable[Vendor] | None = None, **settings: Any) -> None:
        chosen = load_vendors() if vendors is None else {vendor.name: vendor for vendor in vendors}
        self.services = Services(Settings(**{"state": location_in(folder), **settings}), chosen, load_control())
        self.services.prepare()
        self.app = create_app(self.services)
        self.http: HttpClient = WsgiClient(self.app)
        self.base_url = self.http.base_url
        self.control_headers: Mapping[str, str] = {}
        self.exclusive = True
        self._handler = _RecordKeeper()

    @property
    def log(self) -> str:
        """What was logged while the server was watched the last time."""
        return "\n".join(line for _, line in self._handler.lines)

    @property
    def errors(self) -> list[str]:
        """The errors of the log, each with its traceback."""
        return [line for level, line in self._handler.lines if level >= logging.ERROR]

    def start(self) -> None:
        """Start the threads that write the journal, deliver callbacks and drop old records, as a worker does."""
        before = set(threading.enumerate())
        self.services.start()
        _started.add(self)
        server_threads.update(set(threading.enumerate()) - before)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Require that the server logs no error meanwhile, and that no transaction stays open."""
        self._handler.lines.clear()
        logging.getLogger("bodydouble").addHandler(self._handler)
        try:
            yield
        finally:
            logging.getLogger("bodydouble").removeHandler(self._handler)
        assert self.errors == []
        with self.services.state.main.write():
            """An open transaction would block this one."""

    def stop(self) -> None:
        """Stop the background threads."""
        self.services.stop()
        _started.discard(self)

    def close(self) -> None:
        """Close the state of a server that was not started."""
        self.services.state.close()


class _RecordKeeper(logging.Handler):
    """Collects the log, each record with its level."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.lines.append((record.levelno, self.format(record)))
