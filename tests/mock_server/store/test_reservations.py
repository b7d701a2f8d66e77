"""Reservations: the quota of tasks that will be charged."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.mock_server.store import reservations
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME


def reserved(server: InProcessServer, account: Account, vendor: str = "guiji") -> dict[str, int]:
    return reservations.after(server.services.state.main.read(), account.id, vendor, account.now())


def test_only_tasks_that_succeed_later_reserve_quota(running: InProcessServer) -> None:
    guiji = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    ended = guiji.synthesise()
    one_video = reserved(running, guiji.account)
    assert all(amount > 0 for amount in one_video.values())
    guiji.account.act(ended, "finish")
    guiji.account.act(guiji.synthesise(), "fail", {"reason": "as a test wants it"})
    guiji.synthesise()
    remaining = {name: amount for name, amount in reserved(running, guiji.account).items() if amount}
    assert remaining == one_video
    assert reserved(running, guiji.account, "softsugar") == {}


@pytest.mark.parametrize("now", [SAMPLE_TIME, SAMPLE_TIME | 0xFFFFF, (SAMPLE_TIME | 0xFFFFF) + 1])
def test_what_is_charged_after_a_time_is_the_sum_of_all_levels(
    location: str, start: Callable[[str], Any], now: int
) -> None:
    server, chance = start(location), random.Random(now)
    account = Account(server, frozen_at=SAMPLE_TIME)
    spans = (3, 2_000, 3_000_000, 10**10)
    times = [now, now + 1, *(now + chance.randint(-span, span) for span in spans * 12)]
    amounts = [(charged_at, chance.randint(1, 9)) for charged_at in times]
    with server.services.state.main.write() as connection:
        for charged_at, amount in amounts:
            reservations.add(connection, account.id, "guiji", charged_at, {"q": amount, "r": 2 * amount})
        expected = sum(amount for charged_at, amount in amounts if charged_at > now)
        assert reservations.after(connection, account.id, "guiji", now) == {"q": expected, "r": 2 * expected}
        reservations.forget_passed(connection, account.id, "guiji", now)
        assert reservations.after(connection, account.id, "guiji", now) == {"q": expected, "r": 2 * expected}
        later = sum(amount for charged_at, amount in amounts if charged_at > now + 1)
        assert reservations.after(connection, account.id, "guiji", now + 1).get("q", 0) == later
