"""Which clock signs callbacks: the real one, as a receiver expects, unless the account chooses its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import ServerHandle
from bodydouble.mock_server.testing.serving import serving
from bodydouble.receiver import SignatureRejected, verify
from tests.support.callback_tasks import CREATE, KEY, aliyun_avatar, correct_app, huawei_metastudio, softsugar
from tests.support.huawei_metastudio import READY
from tests.support.softsugar import WHOLE_TASK

pytestmark = pytest.mark.usefixtures("network")

# Longer than any vendor's task and its retries take.
WHOLE = 400
EARLY, LATE = 1_000_000_000_000, 4_000_000_000_000


@pytest.fixture(params=sorted(CREATE))
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(server: ServerHandle) -> Iterator[Callable[..., Account]]:
    """Creates accounts, which are deleted after the test."""
    created: list[Account] = []

    def create(**options: Any) -> Account:
        created.append(Account(server, **options))
        return created[-1]

    yield create
    for account in created:
        account.delete()


class FailsFirst:
    """An application whose first response is a failure."""

    def __init__(self, application: Flask) -> None:
        self._application = application
        self._failed = False

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if not self._failed:
            self._failed = True
            start_response("500 Internal Server Error", [("Content-Length", "0")])
            return []
        return self._application(environ, start_response)


def resend_all(account: Account) -> None:
    for delivery in account.deliveries():
        account.control("POST", f"/deliveries/{delivery['id']}/resend")


def states(account: Account) -> set[str]:
    return {delivery["state"] for delivery in account.deliveries()}


@pytest.mark.parametrize("frozen_at", [EARLY, LATE])
def test_a_correct_receiver_accepts_the_callbacks_of_an_account_with_another_time(
    make: Callable[..., Account], vendor: str, frozen_at: int
) -> None:
    account = make(frozen_at=frozen_at)
    with serving(correct_app(account)) as base:
        CREATE[vendor](account, f"{base}/{vendor}")
        account.advance(WHOLE)
    assert states(account) == {"delivered"}


def test_a_correct_receiver_accepts_callbacks_after_an_advance(make: Callable[..., Account], vendor: str) -> None:
    account = make()
    with serving(correct_app(account)) as base:
        account.advance(3600)
        CREATE[vendor](account, f"{base}/{vendor}")
        account.advance(3600)
    assert states(account) == {"delivered"}


@pytest.fixture(params=["frozen early", "frozen late", "advanced"])
def elsewhere(request: pytest.FixtureRequest, make: Callable[..., Account]) -> Account:
    """An account whose clock shows another time than the real one."""
    if request.param == "advanced":
        account = make()
        account.advance(3600)
        return account
    return make(frozen_at=EARLY if request.param == "frozen early" else LATE)


def test_a_correct_receiver_accepts_retries(elsewhere: Account, vendor: str) -> None:
    account = elsewhere
    with serving(FailsFirst(correct_app(account))) as base:
        CREATE[vendor](account, f"{base}/{vendor}")
        account.advance(WHOLE)
        resend_all(account)
    assert states(account) == {"delivered"}


def genuine(account: Account, vendor: str, receiver: Receiver) -> list[bool]:
    """Whether `verify`, which receivers use, accepts what has arrived, each."""
    tenant = account.credentials("aliyun-avatar")["tenant_id"]
    parts = {"authKey": KEY, "key": KEY, "tenantId": tenant}
    callback = next(iter(load_contract(vendor).callbacks.values()))
    assert callback.delivery.signature is not None
    accepted = []
    for received in receiver.received:
        url = receiver.url.removesuffix("/callback") + received.path
        try:
            verify(callback.delivery.signature, parts, url, received.headers, received.body, wall_ms())
            accepted.append(True)
        except SignatureRejected:
            accepted.append(False)
    return accepted


def test_verify_accepts_every_attempt(elsewhere: Account, vendor: str, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    CREATE[vendor](elsewhere, receiver.url)
    elsewhere.advance(WHOLE)
    attempts = [attempt for delivery in elsewhere.deliveries() for attempt in delivery["attempts"]]
    assert genuine(elsewhere, vendor, receiver) == [True] * len(attempts)
    assert len(attempts) >= 1 + len(next(iter(load_contract(vendor).callbacks.values())).delivery.retries)


def test_verify_accepts_what_workers_send_after_an_advance(
    make: Callable[..., Account], vendor: str, receiver: Receiver
) -> None:
    account = make()
    account.advance(3600)
    account.pace(account.describe()["pace"] * 10)
    receiver.behaviour = respond(500)
    CREATE[vendor](account, receiver.url)
    receiver.wait_for(1)
    assert set(genuine(account, vendor, receiver)) == {True}


def test_verify_refuses_the_accounts_time(make: Callable[..., Account], vendor: str, receiver: Receiver) -> None:
    account = make(frozen_at=EARLY, callback_clock="account")
    CREATE[vendor](account, receiver.url)
    account.advance(WHOLE)
    assert set(genuine(account, vendor, receiver)) == {False}


def test_a_correct_receiver_refuses_the_accounts_time_where_the_account_chose_it(
    make: Callable[..., Account], vendor: str
) -> None:
    account = make(frozen_at=EARLY, callback_clock="account")
    assert account.describe()["callback_clock"] == "account"
    with serving(correct_app(account)) as base:
        CREATE[vendor](account, f"{base}/{vendor}")
        account.advance(WHOLE)
        states_before = states(account)
        account.control("PATCH", "", {"callback_clock": "real"})
        resend_all(account)
    assert "delivered" not in states_before
    assert states(account) == {"delivered"}


def test_the_chosen_clock_is_that_of_the_timestamp(make: Callable[..., Account], receiver: Receiver) -> None:
    account = make(frozen_at=LATE, callback_clock="account")
    softsugar(account, receiver.url)
    account.advance(WHOLE_TASK)
    attempt = account.deliveries()[0]["attempts"][0]
    assert int(receiver.received[0].headers["x-timestamp"]) == attempt["at"]


def test_the_times_of_the_event_stay_the_accounts(make: Callable[..., Account], receiver: Receiver) -> None:
    account = make(frozen_at=LATE)
    aliyun_avatar(account, receiver.url)
    account.advance(WHOLE)
    first = receiver.received[0]
    assert LATE <= first.json["eventTime"] <= LATE + WHOLE * 1000
    assert abs(int(first.headers["vh-timestamp"]) - wall_ms()) < 10_000


def test_each_retry_is_signed_anew(make: Callable[..., Account], receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    account = make(frozen_at=EARLY)
    before = wall_ms() // 1000
    huawei_metastudio(account, receiver.url)
    account.advance(READY + 100)
    times = [int(request.path.partition("time_stamp=")[2], 16) for request in receiver.received]
    assert len(times) == 4
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= wall_ms() // 1000


def test_a_reset_leaves_the_choice_of_the_clock(make: Callable[..., Account]) -> None:
    account = make(callback_clock="account")
    account.control("POST", "/reset")
    assert account.describe()["callback_clock"] == "account"


def test_other_clocks_are_refused(make: Callable[..., Account]) -> None:
    assert make().control("PATCH", "", {"callback_clock": "mine"}).status == 400
