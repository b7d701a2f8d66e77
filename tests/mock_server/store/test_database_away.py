"""While PostgreSQL is away, the server says so, and works again when it is back."""

from collections.abc import Callable

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer
from tests.support.times import SAMPLE_TIME

Start = Callable[[str], InProcessServer]


def test_without_its_database_a_server_is_live_and_not_ready(postgresql: PostgresqlServer, start: Start) -> None:
    server = start(postgresql.new_database())
    guiji = Guiji(Account(server, frozen_at=SAMPLE_TIME))
    guiji.speak()
    with postgresql.away():
        for _ in range(3):
            assert server.http.get("/_mock/health/live").status == 200
            assert server.http.get("/_mock/health/ready").status == 503
    assert server.http.get("/_mock/health/ready").status == 200
    assert guiji.speak()
