"""What an account may still use: only quotas that it has."""

import pytest
from sqlalchemy import text

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


def test_quotas_keep_their_order_when_one_of_them_changes(running: InProcessServer) -> None:
    with running.services.state.main.write() as connection:
        names = list(quotas.read(connection, "default", "guiji"))
        assert names == sorted(names)
        assert len(names) > 2
    for name in (names[0], names[1]):
        with running.services.state.main.write() as connection:
            quotas.consume(connection, "default", "guiji", name, 1)
    with running.services.state.main.write() as connection:
        if connection.dialect.name == "postgresql":
            # What it decides by itself for a small table, once it has counted its rows: to read them as they lie.
            for kind in ("indexscan", "bitmapscan"):
                connection.execute(text(f"SET LOCAL enable_{kind} = off"))
        assert list(quotas.read(connection, "default", "guiji")) == names
