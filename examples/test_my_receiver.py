"""How a team tests its own callback receiver, here examples/receiver_correct.py: pytest examples/test_my_receiver.py"""

from collections.abc import Callable

import pytest
from flask import Flask
from receiver_correct import create_app

from bodydouble.receiver import Verdict
from bodydouble.testing import Account, CheckReceiver

TENANT, AUTH_KEY = "9185", "EXAMPLE_KEY"


@pytest.fixture
def receiver_url(bodydouble_serve: Callable[[Flask], str]) -> str:
    """Your own receiver, on a free port while the test runs."""
    return bodydouble_serve(create_app({"tenantId": TENANT, "authKey": AUTH_KEY}))


def test_my_receiver_follows_every_rule(receiver_url: str, bodydouble_check_receiver: CheckReceiver) -> None:
    report = bodydouble_check_receiver(
        "aliyun-avatar",
        "videoTaskFinished",
        f"{receiver_url}/aliyun-avatar",
        keys={"tenantId": TENANT, "authKey": AUTH_KEY},
        probe=f"{receiver_url}/processed",
        examples=10,
    )

    assert report.verdicts["rejects-wrong-signature"] is Verdict.PASSED


def test_my_receiver_acknowledges_a_callback_of_the_mock_server(bodydouble: Account, receiver_url: str) -> None:
    bodydouble.settings("softsugar", callback_url=f"{receiver_url}/softsugar", auth_key=AUTH_KEY)
    (task,) = bodydouble.add_tasks("softsugar", "task", {"algoType": 14})

    delivery = bodydouble.wait_for_delivery("softsugar", "taskCompleted", task["key"])

    assert delivery["state"] == "delivered"
