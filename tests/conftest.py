"""A session's server, and for each test a fresh account on a frozen clock."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from contracts.exchanges import read_lines
from tests.crosscheck.second_opinion import judge
from tests.support.account import Account
from tests.support.receiver import Receiver, answer
from tests.support.server import Server

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("bodydouble", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bodydouble")


@pytest.fixture(scope="session", autouse=True)
def cross_checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The recording of every server that the session starts, however it does; at the end, openapi-core judges it."""
    recording = tmp_path_factory.mktemp("recording") / "exchanges.jsonl"
    os.environ["BODYDOUBLE_RECORD"] = str(recording)
    yield recording
    del os.environ["BODYDOUBLE_RECORD"]
    if recording.exists():
        judgement = judge(read_lines(recording))
        assert judgement.judged, "a server ran, but nothing of what it said was judged"
        assert judgement.disagreements == (), "\n".join(map(str, judgement.disagreements))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, shared by all tests of a session; fails at the end if it logged an error."""
    folder: Path = tmp_path_factory.mktemp("server")
    running = Server(folder)
    yield running
    running.stop()
    running.http.close()
    assert running.errors == [], running.log


@pytest.fixture
def account(server: Server) -> Account:
    """A fresh account whose clock stands still."""
    made = Account(server)
    made.freeze()
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A callback receiver that answers 200 without a body until told otherwise."""
    running = Receiver(answer(200))
    yield running
    running.close()
