"""One browser and one server for all tests in a browser; each test has a profile of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from bodydouble.testing import Account, Server
from tests.support.browser import Visit, Visiting, running_browser, visit
from tests.support.chromium import executable, is_required

SEED = Path(__file__).parents[2] / "examples" / "seeds" / "team.yaml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them use a socket; without a browser they are left out, unless they are required."""
    missing = executable() is None and not is_required()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.process)
            if missing:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with running_browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the accounts `default` and, from the example of a seed, `team`."""
    server = Server(tmp_path_factory.mktemp("browser"), seed=SEED)
    yield server
    server.stop()
    assert server.errors == [], server.log


@pytest.fixture
def account(server: Server) -> Iterator[Account]:
    """A fresh account, whose clock stands."""
    account = Account(server, frozen_at=1_772_445_600_000)
    yield account
    account.delete()


@pytest.fixture
def visiting(browser: Browser, server: Server) -> Iterator[Visiting]:
    """Begins visits with options of one's own; they end with the test."""
    with ExitStack() as visits:

        def begin(base_url: str = server.base_url, **options: Any) -> Visit:
            return visits.enter_context(visit(browser, base_url, **options))

        yield begin


@pytest.fixture
def visitor(visiting: Visiting) -> Visit:
    """Someone with a wide window, in light colours."""
    return visiting()
