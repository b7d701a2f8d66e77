"""What an account may still use: only quotas that it has."""

import pytest

from bodydouble.mock_server.store import quotas
from tests.support.in_process import InProcessServer


def test_more_than_is_left_is_not_consumed(running: InProcessServer) -> None:
    with running.services.state.main.write() as connection:
        taken, total = 0, quotas.read(connection, "default", "guiji")["fastDuration"][0]
        assert not quotas.consume(connection, "default", "guiji", "fastDuration", total + 1)
        assert quotas.read(connection, "default", "guiji")["fastDuration"] == (total, taken)
        assert quotas.consume(connection, "default", "guiji", "fastDuration", total)
        assert quotas.read(connection, "default", "guiji")["fastDuration"] == (total, total)


def test_an_unknown_quota_is_an_error_not_an_empty_one(running: InProcessServer) -> None:
    with (
        running.services.state.main.write() as connection,
        pytest.raises(LookupError, match="guiji has no quota 'fastDurations'"),
    ):
        quotas.consume(connection, "default", "guiji", "fastDurations", 1)
