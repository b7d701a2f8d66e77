"""A pytest plugin: a guard that lets only the tests use a socket that declare it.

A test says that it needs one by the mark `process`, or by the fixture `network`, which others use, as `receiver` does.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

VENDOR_TESTS = Path(__file__).parents[1] / "mock_server" / "vendors"
_REFUSED = ("bind", "connect", "connect_ex")
_SENT = "sockets"
_LINE = pytest.StashKey[str]()


@pytest.fixture
def network() -> None:
    """Sockets for the test, such as those of a receiver."""


def needs_socket(item: pytest.Item) -> bool:
    """Whether a test declares that it needs a socket."""
    return item.get_closest_marker("process") is not None or "network" in getattr(item, "fixturenames", ())


def vendor_tests(items: list[pytest.Item]) -> tuple[set[str], set[str]]:
    """The functions that test vendors, and those of them that need a socket."""
    of_vendors = [item for item in items if VENDOR_TESTS in item.path.parents]
    return {_function(item) for item in of_vendors}, {_function(item) for item in of_vendors if needs_socket(item)}


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


@contextmanager
def no_sockets() -> Iterator[None]:
    """Let no thread of this process use a socket meanwhile.

    Raises:
        AssertionError: at the end, if one has tried to.
    """
    attempts: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in _REFUSED:
            patch.setattr(socket.socket, name, _rejection(name, attempts))
        yield
    assert attempts == [], "this test needs sockets, and must say so: by the fixture `network`, or the mark `process`"


def _rejection(name: str, attempts: list[str]) -> Any:
    def refuse(_: socket.socket, *arguments: object) -> None:
        attempts.append(f"{name}{arguments}")
        raise OSError(f"no sockets in this test: {attempts[-1]}")

    return refuse


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the vendors' tests."""
    functions, with_socket = vendor_tests(session.items)
    if functions:
        line = f"vendors' tests that need a socket: {len(with_socket)} of {len(functions)} functions"
        session.config.stash[_LINE] = line


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist: send the counts. Each worker has collected all tests."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_SENT] = session.config.stash.get(_LINE, "")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the process that the user started: add the counts of a worker."""
    line = getattr(node, "workeroutput", {}).get(_SENT)
    if line:
        node.config.stash[_LINE] = line


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts in one line."""
    line = terminalreporter.config.stash.get(_LINE, "")
    if line:
        terminalreporter.write_line(line)
