"""A session's server, and for each test a fresh account on a frozen clock: those of the project's own plugin."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bodydouble.contracts.redaction.recorded_exchange import read_lines
from bodydouble.testing import Account, Receiver, Server

pytest_plugins = ["bodydouble.pytest_plugin", "pytester", "tests.crosscheck.summary"]

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("bodydouble", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bodydouble")

# Test engines make objects by the million, few of them in cycles: looking for those as often as usual takes a tenth of
# all the time.
gc.set_threshold(100_000, 50, 100)

CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def pytest_configure(config: pytest.Config) -> None:
    """Keep a worker of pytest-xdist, and the servers that it starts, on a core of its own, if each can have one.

    A test and its server take turns. On one core they hand over to each other; on two, each wakes the other's up, and
    both keep moving: a fifth of all time.
    """
    worker = getattr(config, "workerinput", None)
    if worker is not None and worker["workercount"] == len(CORES):
        os.sched_setaffinity(0, {sorted(CORES)[int(worker["workerid"].removeprefix("gw"))]})


@pytest.fixture
def all_cores() -> Iterator[None]:
    """Every core for what a test starts: for processes that are to get in each other's way."""
    if not CORES:
        yield
        return
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES)
    yield
    os.sched_setaffinity(0, own)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, on both sides of the middle: pytest-xdist gives each worker one side.

    At the end of the list, one worker would be left with them while the other has nothing more to do.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    middle = len(others) // 2
    items[:] = [*long[0::2], *others[:middle], *long[1::2], *others[middle:]]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip on other systems what only Linux can do."""
    if item.get_closest_marker("linux") and sys.platform != "linux":
        pytest.skip("needs Linux")


@pytest.fixture(scope="session", autouse=True)
def cross_checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The recording of every server that the session starts, however it does; at the end, openapi-core judges it."""
    recording = tmp_path_factory.mktemp("recording") / "exchanges.jsonl"
    os.environ["BODYDOUBLE_RECORD"] = str(recording)
    yield recording
    del os.environ["BODYDOUBLE_RECORD"]
    if recording.exists():
        # The one is a plugin, whose assertions could not be rewritten any more; the other takes long to import.
        from tests.crosscheck import summary
        from tests.crosscheck.second_opinion import judge

        judgement = judge(read_lines(recording))
        summary.note(request.config, judgement)
        assert judgement.judged, "a server ran, but nothing of what it said was judged"
        assert judgement.disagreements == (), "\n".join(map(str, judgement.disagreements))


@pytest.fixture(scope="session")
def server(bodydouble_server: Server) -> Iterator[Server]:
    """A running server, shared by all tests of a session; fails at the end if it logged an error."""
    yield bodydouble_server
    bodydouble_server.stop()
    assert bodydouble_server.errors == [], bodydouble_server.log


@pytest.fixture
def account(server: Server, bodydouble: Account) -> Account:
    """A fresh account whose clock stands still."""
    return bodydouble


@pytest.fixture
def receiver(bodydouble_receiver: Receiver) -> Receiver:
    """A callback receiver that answers 200 without a body until told otherwise."""
    return bodydouble_receiver
