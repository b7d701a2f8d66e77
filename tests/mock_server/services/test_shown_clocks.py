"""What a clock shows while another request changes it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bodydouble.mock_server.control.operations import clock
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.services import clocks
from bodydouble.mock_server.store import accounts
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT
from tests.support.in_process import InProcessServer

# Seconds after which a frozen clock's time is past.
_LATE = (clocks.FREEZE_DELAY + 5) / 1000


@pytest.fixture
def account(in_process_server: InProcessServer) -> Account:
    return Account(in_process_server)


def test_no_reader_shows_a_later_time_than_that_at_which_a_freeze_stops_the_clock(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock, asked, shown = accounts.set_clock, threading.Event(), list[int]()

    def show() -> None:
        asked.set()
        shown.append(account.now())

    def set_late(*arguments: Any) -> None:
        set_clock(*arguments)
        time.sleep(_LATE)
        reading.append(pool.submit(show))
        assert asked.wait(WAIT)
        # A reader that does not wait for the end of the change has responded by then.
        time.sleep(_LATE)

    with ThreadPoolExecutor(1) as pool:
        reading: list[Any] = []
        monkeypatch.setattr(accounts, "set_clock", set_late)
        account.freeze()
        reading[0].result(WAIT)
    assert shown[0] <= account.now()


def test_no_reader_shows_an_earlier_time_than_that_from_which_a_clock_runs(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.freeze()
    stopped_at = account.now()

    def run_then_read(*arguments: Any) -> Any:
        monkeypatch.setattr(clock, "account_of", account_of)
        time.sleep(0.002)
        account.run()
        return account_of(*arguments)

    monkeypatch.setattr(clock, "account_of", run_then_read)
    assert account.now() >= stopped_at
