"""While PostgreSQL is away, the server says so, and works again when it is back."""

import logging
from collections.abc import Callable

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendors import load_vendors
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.operation_caller import OperationCaller
from tests.support.postgresql import PostgresqlServer
from tests.support.times import SAMPLE_TIME
from tests.support.vendor_support import CONTROL

Start = Callable[[str], InProcessServer]
# They say what a monitor asks; and how the server is doing as long as it has a connection.
NEED_NO_DATABASE = {"getLiveness", "getReadiness", "getMetrics", "getHealth", "listProfiles"}


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


@pytest.mark.parametrize("vendor", [*load_vendors(), CONTROL])
def test_without_its_database_every_operation_is_unavailable_as_documented(
    postgresql: PostgresqlServer, start: Start, vendor: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(postgresql.new_database())
    caller = OperationCaller(vendor, Account(server, frozen_at=SAMPLE_TIME))
    operations = caller.contract.operations.values()
    requests = [(operation, caller.signed_example(operation)) for operation in operations]
    with postgresql.away(), caplog.at_level(logging.ERROR):
        for operation, request in requests:
            exchange = caller.send_signed(operation, request)
            if operation.id not in NEED_NO_DATABASE:
                assert exchange.response_class.reports("unavailable"), (operation.id, exchange.response)
            assert operation.response_violations(exchange.response) == ()
    assert "Traceback" not in caplog.text
    read = next(operation for operation in operations if operation.method == "GET" and not operation.public)
    assert not caller.send_signed(read, caller.signed_example(read)).response_class.failed


def test_without_its_database_a_file_is_unavailable(postgresql: PostgresqlServer, start: Start) -> None:
    server = start(postgresql.new_database())
    with postgresql.away():
        response = server.http.get("/_files/default/1/code/video.mp4")
        assert (response.status, response.json["error"]) == (503, "unavailable")
    assert server.http.get("/_files/default/1/code/video.mp4").status == 404


def test_requests_of_the_time_without_the_database_are_in_the_journal_afterwards(
    postgresql: PostgresqlServer, start: Start
) -> None:
    server = start(postgresql.new_database())
    server.start()
    guiji = Guiji(Account(server, frozen_at=SAMPLE_TIME))
    with postgresql.away():
        for _ in range(3):
            guiji.send("GET", "/openapi/user/v2/get")
        assert guiji.account.control("GET", "/journal").status == 503
    entries = guiji.account.journal() + server.http.get("/_mock/accounts/anonymous/journal").json["entries"]
    server.stop()
    assert len([entry for entry in entries if entry["error"] == "serviceUnavailable"]) == 3
    assert "bodydouble_journal_entries_lost_total 0" in server.http.get("/_mock/metrics").body.decode()
