"""Rows by key that several threads read at the same time, in one round trip."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bodydouble.mock_server.store import shared_reads
from bodydouble.mock_server.store.postgresql import Command, Result
from bodydouble.mock_server.store.shared_reads import SharedReads
from bodydouble.mock_server.testing.receiver import WAIT

Read = tuple[str, ...]


class OperationalError(Exception):
    """What drivers call a failure of the database."""


class Server:
    """Runs statements, of which each returns its text; some fail. Its first round trip lasts until it is told."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []
        self.first_ends, self._began = threading.Event(), threading.Event()
        self._waiting = threading.Semaphore(0)
        self._reads = SharedReads(self.run)

    def run(self, commands: Sequence[Command]) -> list[Result]:
        self.trips.append([command.text for command in commands])
        if len(self.trips) == 1:
            self._began.set()
            assert self.first_ends.wait(WAIT)
        for command in commands:
            if command.text == "wrong":
                raise ValueError(command.text)
            if command.text == "away":
                raise OperationalError(command.text)
        return [Result([(command.text, *command.values)], 1) for command in commands]

    def read(self, *texts: str) -> Read:
        results = self._reads.run([Command(text, receive=_fail) for text in texts], self._waiting.release)
        return tuple(result.rows[0][0] for result in results)

    def behind_the_first(self, *reads: Read, before_its_end: Callable[[list[Future[Read]]], Any]) -> list[Future[Read]]:
        """Read while another thread's round trip is under way."""
        with ThreadPoolExecutor(len(reads) + 1) as pool:
            first = pool.submit(self.read, "first")
            assert self._began.wait(WAIT)
            futures = [pool.submit(self.read, *texts) for texts in reads]
            for _ in (first, *futures):
                assert self._waiting.acquire(timeout=WAIT)
            before_its_end(futures)
            self.first_ends.set()
        assert first.result() == ("first",)
        return futures


def _fail(_: Result) -> None:
    raise AssertionError("the results are for the thread that asked for them")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(shared_reads, "PATIENCE", WAIT)
    return Server()


def nothing(_: object) -> None:
    """Let the first round trip end at once."""


def test_who_waits_shares_a_round_trip_in_which_the_same_is_read_once(server: Server) -> None:
    results = server.behind_the_first(("a", "b"), ("a", "c"), ("a", "b"), before_its_end=nothing)
    assert [future.result() for future in results] == [("a", "b"), ("a", "c"), ("a", "b")]
    assert server.trips[0] == ["first"]
    assert len(server.trips) == 2
    assert sorted(server.trips[1]) == ["a", "b", "c"]


def test_an_error_is_that_of_the_thread_whose_statement_failed(server: Server) -> None:
    good, wrong, other = server.behind_the_first(("a",), ("wrong",), ("b",), before_its_end=nothing)
    assert (good.result(), other.result()) == (("a",), ("b",))
    with pytest.raises(ValueError, match="wrong"):
        wrong.result()


def test_a_failure_of_the_database_ends_all_reads_of_the_round_trip(server: Server) -> None:
    for future in server.behind_the_first(("a",), ("away",), before_its_end=nothing):
        with pytest.raises(OperationalError, match="away"):
            future.result()
    assert len(server.trips) == 2
    assert server.read("b") == ("b",)


def test_a_round_trip_that_lasts_long_delays_no_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_reads, "PATIENCE", 0.001)

    def require_results(futures: list[Future[Read]]) -> None:
        assert [future.result(WAIT) for future in futures] == [("a",), ("b",)]

    server.behind_the_first(("a",), ("b",), before_its_end=require_results)
