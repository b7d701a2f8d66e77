"""What keeps the requests of others going while responses are delayed."""

import logging
import threading
import time

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.web.faults import damaged_response
from tests.support.guiji import Guiji


def test_no_more_responses_are_delayed_than_leave_threads_for_others(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    guiji = Guiji(account)
    monkeypatch.setattr(damaged_response, "_DELAYED", threading.BoundedSemaphore(1))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            # Another request, while this one is being delayed.
            assert guiji.send("GET", "/openapi/user/v2/get").status == 200

    monkeypatch.setattr(time, "sleep", sleep)
    account.fault("latency", "guiji", distribution="fixed", milliseconds=700)
    with caplog.at_level(logging.WARNING, "bodydouble"):
        assert guiji.send("GET", "/openapi/user/v2/get").status == 200
    assert slept == [0.7]
    assert "are being delayed" in caplog.text
    guiji.send("GET", "/openapi/user/v2/get")
    assert slept == [0.7, 0.7]
