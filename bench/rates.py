"""Requests a second and latencies beside the peers, the start, the memory after the load, and the journal."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.table import Table

from bench.load import load
from bench.peers import sign_in
from bench.rows import CONSOLE, Row, absent, absolute, compared
from bench.subjects import BODY, CREATE, READ, Load, Subject, ask, running

READS_OF_JOURNAL, STARTS = 100, 3
_MEMORY, _START = "memory after the load", "start to first response, four vendors"
_MANY = 32


@dataclass(frozen=True)
class Field:
    """Everything that is put under the same load.

    Attributes:
        ours: this server with its defaults.
        prism, postgresql: None if they cannot be had.
    """

    ours: Subject
    flask: Subject
    stateless: Subject
    prism: Subject | None
    postgresql: Subject | None

    def subjects(self, request: str, connections: int) -> list[Subject]:
        """Those that a load of so many connections compares."""
        reference = self.flask if request == READ else self.stateless
        others = [self.prism] if connections == 1 else [self.prism, reference, self.postgresql]
        return [self.ours, *(subject for subject in others if subject)]

    @property
    def all(self) -> list[Subject]:
        """All that there are."""
        return [subject for subject in (self.ours, self.prism, self.flask, self.stateless, self.postgresql) if subject]


def measure(field: Field, rounds: int, seconds: int) -> list[Row]:
    """The rows."""
    starts = _start_row(field)
    with running(*field.all):
        for subject in field.all:
            if subject.is_ours:
                sign_in(subject)
        _measure_loads(field, rounds, seconds)
        rows = [*_rate_rows(field), starts, _journal_row(field.ours), *_memory_rows(field, rounds * seconds)]
    _show_details(field)
    return rows


def _start_row(field: Field) -> Row:
    subjects = [field.ours, *([field.prism] if field.prism else [])]
    for _ in range(STARTS):
        for subject in subjects:
            subject.boots.append(subject.start())
            subject.stop()
    if field.prism is None:
        return absent(_START, "Prism", 0.6)
    pairs = list(zip(field.ours.boots, field.prism.boots, strict=True))
    return compared(_START, pairs, "s", f"{field.prism.name}, one vendor", 0.6)


def _measure_loads(field: Field, rounds: int, seconds: int) -> None:
    # Each server in every round, so that a slow minute of the machine is one for all.
    for connections in (1, _MANY):
        for request in (READ, CREATE):
            subjects = field.subjects(request, connections)
            for subject in subjects:
                load(subject, request, connections, 1)
            for _ in range(rounds):
                for subject in subjects:
                    measured = load(subject, request, connections, seconds)
                    subject.loads.setdefault((request, connections), []).append(measured)


def _rate_rows(field: Field) -> list[Row]:
    def rate(request: str, peer: Subject | None, name: str, bar: float) -> Row:
        what = f"{request}, {_MANY} connections"
        return _load_row(field.ours, peer, name, (request, _MANY), what, lambda load: load.rate, "/s", bar)

    def median(request: str, bar: float) -> Row:
        what = f"{request}, 1 connection, median"
        return _load_row(field.ours, field.prism, "Prism", (request, 1), what, lambda load: load.median, "ms", bar)

    return [
        rate(READ, field.flask, "", 0.65),
        rate(CREATE, field.prism, "Prism", 3.0),
        rate(CREATE, field.stateless, "", 0.55),
        median(READ, 0.9),
        median(CREATE, 0.9),
        *(_on_postgresql(field, request, bar) for request, bar in ((READ, 0.6), (CREATE, 0.4))),
    ]


def _load_row(
    subject: Subject,
    peer: Subject | None,
    name: str,
    key: tuple[str, int],
    what: str,
    value: Callable[[Load], float],
    unit: str,
    bar: float,
) -> Row:
    at_least = unit == "/s"
    if peer is None:
        return absent(what, name, bar, at_least=at_least)
    pairs = [(value(a), value(b)) for a, b in zip(subject.loads[key], peer.loads[key], strict=True)]
    return compared(what, pairs, unit, peer.name, bar, at_least=at_least)


def _on_postgresql(field: Field, request: str, bar: float) -> Row:
    what = f"PostgreSQL: {request}, {_MANY} connections"
    if field.postgresql is None:
        return absent(what, "PostgreSQL", bar, at_least=True)
    key = (request, _MANY)
    row = _load_row(field.postgresql, field.ours, "", key, what, lambda load: load.rate, "/s", bar)
    return Row(**{**row.__dict__, "beside": "SQLite"})


def _memory_rows(field: Field, seconds: int) -> list[Row]:
    """Memory now, and after as many seconds of load as before."""
    ours, prism = field.ours, field.prism
    before = ours.memory()
    for request in (READ, CREATE):
        load(ours, request, _MANY, seconds)
    again = compared("memory after as much load again", [(ours.memory(), before)], "MiB", "before that", 1.1)
    if prism is None:
        return [absent(_MEMORY, "Prism", 1.0), again]
    return [compared(_MEMORY, [(before, prism.memory())], "MiB", prism.name, 1.0), again]


def _journal_row(subject: Subject) -> Row:
    """A read of the journal right after a request, which must be in it."""
    times = []
    for _ in range(READS_OF_JOURNAL):
        number = ask(subject.url(CREATE), "POST", BODY)["data"]["videoId"]
        started = time.perf_counter()
        entries = ask(f"{subject.base_url}/_mock/accounts/default/journal?operation=createVideo&limit=1")["entries"]
        times.append((time.perf_counter() - started) * 1000)
        if json.loads(entries[-1]["response_body"])["data"]["videoId"] != number:
            raise SystemExit("the journal lacks the request before")
    return absolute("journal, read right after a request", statistics.median(times), "ms", 5)


def _show_details(field: Field) -> None:
    # What has no bar: 99th percentiles, and processor time, which depends less on who else uses the machine.
    keys: Sequence[tuple[str, int]] = list(field.ours.loads)
    columns = (f"{request}, c={connections}" for request, connections in keys)
    table = Table("99th percentile, ms; processor, us for each request", *columns)
    for subject in field.all:
        table.add_row(subject.name, *(_detail(subject.loads.get(key)) for key in keys))
    CONSOLE.print(table)


def _detail(loads: list[Load] | None) -> str:
    if not loads:
        return ""
    worst = max(measured.worst for measured in loads)
    return f"{worst:.1f}; {statistics.median(measured.processor for measured in loads):.0f}"
