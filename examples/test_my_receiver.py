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
    """Your own receiver, on a free port of this machine for the time of the test."""
    return bodydouble_serve(create_app({"tenantId": TENANT, "authKey": AUTH_KEY}))


def test_my_receiver_keeps_the_contract(receiver_url: str, bodydouble_check_receiver: CheckReceiver) -> None:
    report = bodydouble_check_receiver(
        "aliyun-avatar",
        "videoTaskFinished",
        f"{receiver_url}/aliyun-avatar",
        keys={"tenantId": TENANT, "authKey": AUTH_KEY},
        probe=f"{receiver_url}/processed",
        examples=10,
    )

    assert report.verdicts["refuses-wrong-signature"] is Verdict.PASSED


def test_my_receiver_takes_what_the_double_sends(bodydouble: Account, receiver_url: str) -> None:
    bodydouble.settings("softsugar", callback_url=f"{receiver_url}/softsugar", auth_key=AUTH_KEY)
    (task,) = bodydouble.add_tasks("softsugar", "task", {"algoType": 14})

    delivery = bodydouble.wait_for_delivery("softsugar", "taskCompleted", task["key"])

    assert delivery["state"] == "delivered"
