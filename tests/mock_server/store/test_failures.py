"""A database that fails is reported in words: what is wrong goes to the sender and, in one line, to the log."""

import logging
import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import text

from bodydouble.mock_server.store.failures import is_failure, reason
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

SPEAK = "/openapi/speaker/v3/fastTts"


def fill(running: InProcessServer) -> Callable[[], None]:
    """Let the database grow no further, as a full disk does; what ends that."""
    with running.services.state.main.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    def free() -> None:
        with running.services.state.main.write() as connection:
            connection.execute(text("PRAGMA max_page_count = 1000000"))

    return free


@pytest.mark.sqlite("a file that can grow no further")
def test_a_full_disk_is_named_to_the_sender_and_logged_in_one_line(
    running: InProcessServer, caplog: pytest.LogCaptureFixture
) -> None:
    guiji = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    free = fill(running)
    request = {"speakerId": "C_101", "content": "x" * 1000}
    with caplog.at_level(logging.ERROR):
        rejected = next(
            message
            for _ in range(200)
            if "database or disk is full" in (message := str(guiji.send("POST", SPEAK, request).json["message"]))
        )
    assert "the state cannot be used: database or disk is full" in rejected
    lines = [record for record in caplog.records if "database or disk is full" in record.getMessage()]
    assert len(lines) == 1
    assert lines[0].exc_info is None
    assert guiji.send("GET", "/openapi/user/v2/get").json["success"]
    free()
    assert guiji.speak()


def failure(code: int, message: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (5, "database is locked", True),
        (15, "locking protocol", True),
        (13, "database or disk is full", True),
        (10 | 3 << 8, "disk I/O error", True),
        (8 | 4 << 8, "attempt to write a readonly database", True),
        (1, "no such column: colour", False),
    ],
)
def test_a_mistake_in_a_statement_is_no_failure_of_the_database(code: int, message: str, expected: bool) -> None:
    error = failure(code, message)
    assert is_failure(error) is expected
    assert reason(error).startswith(message)


def test_other_errors_are_no_failures_of_the_database() -> None:
    assert not is_failure(KeyError("x"))
    assert not is_failure(sqlite3.IntegrityError("FOREIGN KEY constraint failed"))
