"""Lists, counts, filters and quotas, and the memory of the server, with many tasks against few, over HTTP."""

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import scale
from bench.filling import Existing, fill
from bench.peers import filled
from bench.rows import Row, absolute, compared
from bench.subjects import Subject, running
from bodydouble.mock_server.testing.http import HttpClient, HttpResponse
from bodydouble.mock_server.testing.server import RunningServer

FEW, ROUNDS = 1_000, 15
_LATER = ("last", "middle")
# Requests by vendor and name.
Requests = Mapping[str, Callable[[], Any]]


class TimedClient(HttpClient):
    """Adds up the seconds between requests and their responses, without what the client does before.

    Raises:
        SystemExit: a request was refused, which must not be counted.
    """

    seconds = 0.0

    def exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HttpResponse:
        """Send a complete request, and read the response."""
        started = time.perf_counter()
        response = super().exchange(method, url, headers, body)
        self.seconds += time.perf_counter() - started
        if response.status >= 400:
            raise SystemExit(f"{method} {url}: {response.status} {response.body[:300].decode()}")
        return response

    def milliseconds(self, request: Callable[[], Any]) -> float:
        """How long the server takes for what sends requests with this client."""
        before = self.seconds
        request()
        return (self.seconds - before) * 1000


def timed(subject: Subject) -> RunningServer:
    """A server whose client is timed."""
    server = RunningServer(subject.base_url)
    server.http = TimedClient(subject.base_url)
    return server


def measure(folder: Path, size: int) -> list[Row]:
    """The rows, for so many tasks of each vendor; the states go to a folder."""
    sizes = (size, FEW)
    for each in sizes:
        (folder / str(each)).mkdir()
        fill(folder / str(each), *(scale.filling(name, each, account_id=name) for name in scale.SUBJECTS))
    subjects = [filled(folder / str(each), f"{each:,} tasks") for each in sizes]
    with running(*subjects):
        servers = [timed(subject) for subject in subjects]
        requests = [_requests(server, each) for server, each in zip(servers, sizes, strict=True)]
        pairs = {name: _pairs(servers, [each[name] for each in requests]) for name in requests[0]}
    return [*_list_rows(pairs, size), *_memory_rows(subjects, sizes)]


def _requests(server: RunningServer, size: int) -> dict[str, Callable[[], Any]]:
    requests: dict[str, Callable[[], Any]] = {}
    for vendor, subject in scale.SUBJECTS.items():
        account = Existing(server, vendor)
        for name, request in (subject.requests(account, size) | scale.control_requests(account)).items():
            requests[f"{vendor}: {name}"] = request
    return requests


def _pairs(servers: list[RunningServer], requests: list[Callable[[], Any]]) -> list[tuple[float, float]]:
    """Milliseconds with many and with few tasks, in interleaved rounds; the first is not counted."""
    rounds = []
    for _ in range(ROUNDS + 1):
        many, few = (_time(server, request) for server, request in zip(servers, requests, strict=True))
        rounds.append((many, few))
    return rounds[1:]


def _time(server: RunningServer, request: Callable[[], Any]) -> float:
    assert isinstance(server.http, TimedClient)
    return server.http.milliseconds(request)


def _list_rows(pairs: Mapping[str, list[tuple[float, float]]], size: int) -> list[Row]:
    """The worst of all first pages, of all others, and of all counts, filters, sorts, quotas and creates."""
    first = {name: each for name, each in pairs.items() if "page 1" in name or "control" in name}
    later = {name: each for name, each in pairs.items() if any(word in name for word in _LATER)}
    others = {name: each for name, each in pairs.items() if name not in first and name not in later}
    return [
        _worst("page 1", first, size, 2),
        _worst("last page", later, size, 3),
        _worst("count, filter, sort, quota, create", others, size, 2),
    ]


def _worst(what: str, pairs: Mapping[str, list[tuple[float, float]]], size: int, bar: float) -> Row:
    # Of medians: one slow round of a request of a millisecond says nothing.
    def ratio(name: str) -> float:
        many, few = _medians(pairs[name])
        return many / few

    name = max(pairs, key=ratio)
    text = f"{what}, {size:,} tasks, worst of {len(pairs)} ({name})"
    return compared(text, [_medians(pairs[name])], "ms", f"{FEW:,} tasks", bar)


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    many, few = zip(*pairs, strict=True)
    return statistics.median(many), statistics.median(few)


def _memory_rows(subjects: list[Subject], sizes: tuple[int, int]) -> list[Row]:
    """The memory of one server at a time, so that none shares any with the other."""
    memory = []
    for subject, size in zip(subjects, sizes, strict=True):
        with running(subject):
            for request in _requests(timed(subject), size).values():
                request()
            memory.append(subject.memory())
    many, few = memory
    return [
        absolute(f"memory of all processes, {sizes[0]:,} tasks of each vendor", many, "MiB", 150),
        compared("the same, against few tasks", [(many, few)], "MiB", f"{FEW:,} tasks", 1.1),
    ]
