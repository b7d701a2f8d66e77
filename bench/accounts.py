"""A new account with everything that a vendor's account starts with: how long it takes, and how many statements."""

import itertools
import statistics
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.lists import TimedClient, timed
from bench.peers import bodydouble
from bench.rows import Row, absolute
from bench.subjects import running
from tests.support.in_process import InProcessServer

ROUNDS = 50
_NO_STATEMENTS = ("--", "BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT", "RELEASE")


def measure(folder: Path) -> list[Row]:
    """The rows; the state goes to a folder."""
    subject = bodydouble()
    with running(subject):
        server = timed(subject)
        client = server.http
        assert isinstance(client, TimedClient)
        times = [client.milliseconds(lambda: client.post("/_mock/accounts", {})) for _ in range(ROUNDS)]
    what = "a new account with everything"
    recording, reading = _statements(folder)
    ours = f"{recording}, and {reading} reads"
    return [
        absolute(what, statistics.median(times), "ms", 3),
        absolute("statements that record it", recording, "statements", 6, ours=ours),
    ]


def _statements(folder: Path) -> tuple[int, int]:
    """How many statements SQLite runs in the transaction of a creation, and outside it: those only read.

    A statement for many rows is one. What triggers run, and what the journal does afterwards, are left out.
    """
    statements: list[str] = []

    def trace(driver: Any, _: object) -> None:
        driver.set_trace_callback(statements.append)

    event.listen(Engine, "connect", trace)
    try:
        server = InProcessServer(folder)
        server.http.post("/_mock/accounts", {})
        statements.clear()
        response = server.http.post("/_mock/accounts", {})
    finally:
        event.remove(Engine, "connect", trace)
    server.close()
    if response.status != 201:
        raise SystemExit(f"the account was not created: {response.status}")
    begin = next(index for index, text in enumerate(statements) if text.startswith("BEGIN"))
    end = statements.index("COMMIT", begin)
    return _number(statements[begin:end]), _number(statements[end:])


def _number(statements: list[str]) -> int:
    texts = [text.partition(" VALUES ")[0] for text in statements if not text.lstrip().startswith(_NO_STATEMENTS)]
    return sum(1 for _ in itertools.groupby(texts))
