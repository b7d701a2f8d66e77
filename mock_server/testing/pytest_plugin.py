"""The pytest plugin: a server for the session, a fresh account for each test, callback receivers, and their tests.

It costs nothing in projects that do not use it: it imports only pytest, and starts no server, until a test asks for a
fixture. pytest loads it as `bodydouble.pytest_plugin`.
"""

import functools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed.wsgi import WSGIApplication

    from bodydouble.mock_server.testing.account import Account
    from bodydouble.mock_server.testing.receiver import Receiver
    from bodydouble.mock_server.testing.receiver_check import CheckReceiver
    from bodydouble.mock_server.testing.server import RunningServer, Server

MARKER = "bodydouble"
MARKER_ARGUMENTS = ("running", "profile", "snapshot", "id", "seed", "frozen_at", "pace", "settings", "callback_clock")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("bodydouble", "mock server of digital-human clouds")
    group.addoption(
        "--bodydouble-url",
        metavar="URL",
        help="Use the server that runs there; by default, the session (or each xdist worker) starts one.",
    )
    group.addoption(
        "--bodydouble-token",
        metavar="TOKEN",
        default=os.environ.get("BODYDOUBLE_CONTROL_TOKEN"),
        help="The control token of that server; by default the environment variable BODYDOUBLE_CONTROL_TOKEN.",
    )
    group.addoption(
        "--bodydouble-seed",
        metavar="FILE",
        help="Start the server of the session with the accounts of a seed (see bodydouble serve --seed).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(running=False, profile=None, snapshot=None, **options): the account of fixture `bodydouble`: "
        "whether its clock runs, its profile of faults, the file of a snapshot that it begins with, and its seed, "
        "frozen_at, pace, settings, callback_clock.",
    )


@pytest.fixture(scope="session")
def bodydouble_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Server | RunningServer]":
    """The running server that all tests of a session share: `base_url`, `http`."""
    from bodydouble.mock_server.testing.server import RunningServer, Server, ServerUnavailableError

    url = request.config.getoption("--bodydouble-url")
    if url and request.config.getoption("--bodydouble-seed"):
        pytest.fail(
            "--bodydouble-seed is for a server that the session starts, not for --bodydouble-url", pytrace=False
        )
    server: Server | RunningServer | None = None
    try:
        if url:
            server = RunningServer(url, request.config.getoption("--bodydouble-token"))
        else:
            server = Server(tmp_path_factory.mktemp("bodydouble"), seed=request.config.getoption("--bodydouble-seed"))
    except ServerUnavailableError as error:
        problem = str(error)
    if server is None:
        # Not within the `except`, where pytest would also show the errors that led to this one.
        pytest.fail(f"--bodydouble-url {url}: {problem}" if url else problem, pytrace=False)
    yield server
    server.stop()


@pytest.fixture
def bodydouble(request: pytest.FixtureRequest, bodydouble_server: "Server | RunningServer") -> "Iterator[Account]":
    """A fresh account for the test; its clock is frozen, so that nothing happens until the test advances it."""
    from bodydouble.mock_server.testing.account import Account

    options = _marked_options(request.node)
    running, profile = options.pop("running", False), options.pop("profile", None)
    snapshot = options.pop("snapshot", None)
    account = Account(bodydouble_server, **options)
    if snapshot is not None:
        _restore(account, request.path.parent / snapshot)
    if profile is not None:
        _set_profile(account, profile)
    if not running:
        account.freeze()
    yield account
    account.delete()


@pytest.fixture
def bodydouble_account(bodydouble_server: "Server | RunningServer") -> "Callable[[str], Account]":
    """Finds an account of the server by its id, such as one of `--bodydouble-seed`; it stays after the test."""
    from bodydouble.mock_server.testing.account import Account

    return lambda account_id: Account.existing(bodydouble_server, account_id)


def _restore(account: "Account", path: "Path") -> None:
    from bodydouble.mock_server.testing.account import ControlError

    problem = ""
    try:
        account.restore(json.loads(path.read_bytes()))
    except (OSError, ValueError, ControlError) as error:
        problem = str(error)
    if problem:
        account.delete()
        pytest.fail(f"the marker {MARKER}, snapshot {path}: {problem}", pytrace=False)


def _set_profile(account: "Account", profile: str) -> None:
    from bodydouble.mock_server.testing.account import ControlError

    try:
        account.profile(profile)
    except ControlError as error:
        account.delete()
        pytest.fail(f"the marker {MARKER}, profile: {error}", pytrace=False)


def _marked_options(node: pytest.Item) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for marker in node.iter_markers(MARKER):
        unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in MARKER_ARGUMENTS)]
        if unknown:
            known = ", ".join(MARKER_ARGUMENTS)
            pytest.fail(f"the marker {MARKER} has no argument {', '.join(unknown)}; there are: {known}", pytrace=False)
        options = {**marker.kwargs, **options}
    return options


@pytest.fixture(scope="session")
def bodydouble_prepared(
    bodydouble_server: "Server | RunningServer",
) -> "Callable[[Callable[[Account], object]], dict[str, Any]]":
    """Runs a function that prepares an account, once in a session; returns the account's snapshot, to be restored."""
    from bodydouble.mock_server.testing.account import Account

    @functools.cache
    def prepared(prepare: "Callable[[Account], object]") -> dict[str, Any]:
        account = Account(bodydouble_server)
        account.freeze()
        try:
            prepare(account)
            return account.snapshot(files=True)
        finally:
            account.delete()

    return prepared


@pytest.fixture
def bodydouble_receiver() -> "Iterator[Receiver]":
    """A callback receiver on this machine; responds with 200 and no body until its `behaviour` is set."""
    from bodydouble.mock_server.testing.receiver import Receiver, respond

    receiver = Receiver(respond(200))
    yield receiver
    receiver.close()


@pytest.fixture
def bodydouble_serve() -> "Iterator[Callable[[WSGIApplication], str]]":
    """Serves a WSGI application (your own receiver) on a free port until the test ends; returns its base URL."""
    from bodydouble.mock_server.testing.serving import serving

    with ExitStack() as running:
        yield lambda application: running.enter_context(serving(application))


@pytest.fixture
def bodydouble_check_receiver() -> "CheckReceiver":
    """Tests a receiver against a callback; a failure lists every violation with a line that reproduces it."""
    from bodydouble.mock_server.testing.receiver_check import check_receiver

    return check_receiver
