"""What a monitor asks: metrics, and whether the server is alive and ready."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from urllib3.exceptions import HTTPError

from bodydouble.mock_server.services.metrics.traffic import ENDS, OUTCOMES
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.receiver import respond
from bodydouble.mock_server.vendor_api.file_urls import PREFIX
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.app import load_control
from bodydouble.testing import Account, Receiver, Server
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer

ROOT = Path(__file__).parents[3]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
# Series that each operation can have: 5 classes of status twice, and a histogram.
SERIES_OF_OPERATION = 10 + 16


def samples(http: HttpClient, **headers: str) -> Samples:
    """What the metrics show, as Prometheus' own parser reads it."""
    response = http.get("/_mock/metrics", headers=headers)
    assert (response.status, response.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = text_string_to_metric_families(response.body.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(read: Samples, name: str, **labels: str) -> float:
    return read.get((f"bodydouble_{name}", frozenset(labels.items())), 0.0)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[InProcessServer]:
    """A server that nothing else uses, without threads."""
    server = InProcessServer(tmp_path)
    yield server
    server.close()


def test_requests_are_counted_by_operation_status_and_result(fresh: InProcessServer) -> None:
    guiji = Guiji(Account(fresh))
    video = guiji.synthesise()
    for _ in range(3):
        guiji.video(video)
    guiji.send("GET", "/openapi/video/v2/get/0")
    guiji.send("GET", "/openapi/nothing")
    fresh.http.get("/nothing")
    read = samples(fresh.http)
    of_read = {"vendor": "guiji", "operation": "getVideo", "status": "2xx"}
    assert value(read, "requests_total", **of_read, result="success") == 3
    assert value(read, "requests_total", **of_read, result="error") == 1
    assert value(read, "errors_total", vendor="guiji", error="resourceNotFound") == 1
    (unknown,) = [key for key in read if key[0] == "bodydouble_requests_total" and ("vendor", "guiji") in key[1]
                  and ("operation", "none") in key[1]]  # fmt: skip
    assert read[unknown] == 1
    lost = {"vendor": "control", "operation": "none", "status": "4xx", "result": "error"}
    assert value(read, "requests_total", **lost) == 1
    timed = {"vendor": "guiji", "operation": "getVideo"}
    assert value(read, "request_duration_seconds_count", **timed) == 4
    assert value(read, "request_duration_seconds_bucket", **timed, le="+Inf") == 4
    assert 0 < value(read, "request_duration_seconds_sum", **timed) < 60
    assert not [key for key in read if key[0] == "bodydouble_nonconforming_responses_total"]


def test_files_are_counted(fresh: InProcessServer) -> None:
    account = Account(fresh)
    guiji = Guiji(account)
    video = guiji.synthesise()
    account.finish(video)
    url = guiji.video(video)["videoUrl"]
    assert fresh.http.get(url.removeprefix(fresh.base_url)).status == 200
    assert fresh.http.get(f"{PREFIX}/catalogue/nobody/0/nothing.mp4").status == 404
    read = samples(fresh.http)
    file = {"vendor": "files", "operation": "download"}
    assert value(read, "requests_total", **file, status="2xx", result="success") == 1
    assert value(read, "requests_total", **file, status="4xx", result="error") == 1
    assert value(read, "request_duration_seconds_count", **file) == 2


def test_what_is_stored_and_what_waits_is_shown(fresh: InProcessServer) -> None:
    account = Account(fresh, frozen_at=1_700_000_000_000)
    guiji = Guiji(account)
    before = samples(fresh.http)
    for _ in range(3):
        guiji.speak(callbackUrl="http://127.0.0.1:9/")
    waiting = samples(fresh.http)
    assert value(waiting, "accounts") == 2
    assert value(waiting, "tasks", vendor="guiji") - value(before, "tasks", vendor="guiji") == 3
    assert (value(waiting, "deliveries_pending"), value(waiting, "deliveries_oldest_due_seconds")) == (3, 0)
    assert (value(waiting, "database_up"), value(waiting, "workers")) == (1, 0)
    fresh.services.journal.flush()
    assert value(samples(fresh.http), "journal_entries") == 6
    assert len(account.journal()) == 4
    # Nothing delivers: the clock is put forward in the state.
    with fresh.services.state.main.write() as connection:
        connection.exec_driver_sql(
            "UPDATE accounts SET clock_frozen_at = clock_frozen_at + 3600000 WHERE id <> 'default'"
        )
    assert 0 < value(samples(fresh.http), "deliveries_oldest_due_seconds") < 3600


def test_attempts_and_ends_of_deliveries_are_counted(fresh: InProcessServer, receiver: Receiver) -> None:
    account = Account(fresh, frozen_at=1_700_000_000_000)
    guiji = Guiji(account)
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.speak(callbackUrl=receiver.url)
    account.advance(3600)
    receiver.behaviour = respond(500)
    guiji.speak(callbackUrl=receiver.url)
    account.advance(30 * 24 * 3600)
    attempts = [attempt for delivery in account.deliveries() for attempt in delivery["attempts"]]
    read = samples(fresh.http)
    assert value(read, "callback_attempts_total", vendor="guiji", outcome="delivered") == 1
    assert value(read, "callback_attempts_total", vendor="guiji", outcome="not-acknowledged") == len(attempts) - 1 > 0
    assert value(read, "deliveries_ended_total", vendor="guiji", state="delivered") == 1
    assert value(read, "deliveries_ended_total", vendor="guiji", state="failed") == 1
    assert value(read, "callback_attempt_duration_seconds_count", vendor="guiji") == len(attempts)
    # An advance makes each attempt at the time at which it is due.
    assert value(read, "callback_lateness_seconds_bucket", vendor="guiji", le="0.001") == len(attempts)


def test_background_deliveries_are_counted(fresh: InProcessServer, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    account = Account(fresh)
    fresh.start()
    account.finish(Guiji(account).speak(callbackUrl=receiver.url))
    deadline = time.monotonic() + 10
    while not account.deliveries(state="delivered"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    fresh.stop()
    read = samples(fresh.http)
    assert value(read, "deliveries_ended_total", vendor="guiji", state="delivered") == 1
    assert value(read, "callback_lateness_seconds_count", vendor="guiji") == 1
    assert (value(read, "workers"), value(read, "worker_starts_total")) == (1, 1)


def test_what_can_be_counted_is_what_the_specification_has() -> None:
    document = yaml.safe_load((ROOT / "specs/control/openapi.yaml").read_text())
    schemas = document["components"]["schemas"]
    assert set(OUTCOMES) == set(schemas["Attempt"]["properties"]["outcome"]["enum"])
    assert set(ENDS) == set(schemas["Delivery"]["properties"]["state"]["enum"]) - {"pending"}


def test_the_number_of_series_is_bounded_by_the_specifications(fresh: InProcessServer) -> None:
    for number in range(300):
        fresh.http.get(f"/openapi/{number}", headers={"Host": f"h{number}"})
        fresh.http.get(f"/{number}?appId={number}")
    read = samples(fresh.http)
    contracts = [*(vendor.contract for vendor in load_vendors().values()), load_control().contract]
    operations = sum(len(contract.operations) + 1 for contract in contracts)
    assert len(read) < 120
    assert len(read) < SERIES_OF_OPERATION * operations


def test_probes_and_metrics_are_not_in_the_journal_and_health_is(fresh: InProcessServer) -> None:
    for path in ("live", "ready"):
        response = fresh.http.get(f"/_mock/health/{path}")
        assert (response.status, response.json) == (200, {"status": path})
    samples(fresh.http)
    fresh.http.get("/_mock/health")
    fresh.services.journal.flush()
    entries = fresh.services.journal.search(account_id=None)
    assert [entry["operation"] for entry in entries] == ["getHealth"]


def test_a_server_whose_database_fails_is_alive_not_ready_and_still_shows_metrics(
    fresh: InProcessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR

    def fail() -> None:
        raise error

    monkeypatch.setattr(fresh.services.state.main, "read", fail)
    assert fresh.http.get("/_mock/health/live").status == 200
    response = fresh.http.get("/_mock/health/ready")
    assert (response.status, response.json["error"]) == (503, "notReady")
    assert "the state cannot be used: disk I/O error" in response.json["message"]
    read = samples(fresh.http)
    assert value(read, "database_up") == 0
    assert value(read, "errors_total", vendor="control", error="notReady") == 1
    monkeypatch.undo()
    assert fresh.http.get("/_mock/health/ready").status == 200
    assert value(samples(fresh.http), "database_up") == 1


def test_a_server_whose_thread_fails_is_not_ready(fresh: InProcessServer) -> None:
    (thread,) = [thread for thread in fresh.services.background._threads if thread.name == "recorder"]
    thread.failing = True
    response = fresh.http.get("/_mock/health/ready")
    assert (response.status, response.json["message"]) == (503, "The server is not ready: the thread recorder fails")


def test_metrics_need_the_token_and_the_probes_do_not(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, control_token="secret")
    assert server.http.get("/_mock/metrics").status == 401
    assert server.http.get("/_mock/metrics", headers={"Authorization": "Bearer wrong"}).status == 401
    assert value(samples(server.http, Authorization="Bearer secret"), "workers") == 0
    assert [server.http.get(f"/_mock/health/{path}").status for path in ("live", "ready")] == [200, 200]
    server.close()


@pytest.mark.process
@pytest.mark.linux
def test_all_workers_count_together_and_what_a_killed_one_counted_stays(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=2)
    try:
        # The first one may respond while the second one still starts.
        wait_for_starts(server, 2)
        before = samples(server.http)
        for _ in range(40):
            # Each on a connection of its own, which any worker may accept.
            server.http.get("/_mock/accounts", headers={"Connection": "close"})
        read = samples(server.http)
        listed = {"vendor": "control", "operation": "listAccounts", "status": "2xx", "result": "success"}
        assert value(read, "requests_total", **listed) == 40
        assert (value(read, "workers"), value(read, "worker_starts_total")) == (2, 2)
        named = {dict(labels)["process"] for name, labels in read if name == "bodydouble_proportional_memory_bytes"}
        assert named == {"parent", "1", "2"}
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)
        wait_for_starts(server, 3)
        read = samples(server.http)
        assert value(read, "requests_total", **listed) == 40
        assert value(read, "workers") == 2
        assert value(read, "start_time_seconds") == value(before, "start_time_seconds")
    finally:
        server.stop()


def wait_for_starts(server: Server, number: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if value(samples(server.http), "worker_starts_total") == number:
                return
        except (OSError, HTTPError):
            """A connection to the worker that was killed."""
        assert time.monotonic() < deadline
        time.sleep(0.05)
