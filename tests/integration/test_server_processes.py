"""The processes of a server: workers that die are replaced, and a state belongs to one server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3.exceptions import HTTPError

from bodydouble.mock_server.process.respawning import MAX_DEATHS, RespawningServer
from bodydouble.mock_server.process.state_lock import StateLock
from bodydouble.mock_server.testing.server import Server, free_port

pytestmark = pytest.mark.process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--state", str(tmp_path / "state.db"), workers=1)
    yield server
    server.stop()
    server.http.close()


def workers(server: Server) -> list[int]:
    text = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(process) for process in text.split()]


def kill_a_worker(server: Server) -> None:
    deadline = time.monotonic() + 10
    while not (processes := workers(server)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(processes[-1], signal.SIGKILL)
    while processes[-1] in workers(server):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_workers_that_are_killed_again_and_again_are_replaced_and_the_log_says_so(server: Server) -> None:
    for _ in range(4):
        kill_a_worker(server)
    deadline = time.monotonic() + 10
    while True:
        try:
            assert server.http.get("/_mock/health").status == 200
            break
        except (OSError, HTTPError):
            assert time.monotonic() < deadline
    assert server.process.poll() is None
    assert server.log.count("was ended by SIGKILL; it is replaced") == 4


def test_a_second_server_on_the_same_state_is_refused_and_told_of_the_first(server: Server, tmp_path: Path) -> None:
    alias = tmp_path / "alias.db"
    alias.symlink_to(tmp_path / "state.db")
    for state in (tmp_path / "state.db", alias):
        command = [sys.executable, "-m", "bodydouble", "serve", "--state", str(state), "--port", str(free_port())]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        message = f"Error: the state {state} is in use by another server, process {server.process.pid}\n"
        assert second.stderr == message
    assert server.http.get("/_mock/health").status == 200


def test_a_server_that_was_killed_leaves_its_state_free(tmp_path: Path) -> None:
    for _ in range(2):
        server = Server(tmp_path, "--state", str(tmp_path / "state.db"), workers=1)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.http.close()
    StateLock(str(tmp_path / "state.db")).release()


def test_database_servers_are_not_locked() -> None:
    StateLock("postgresql://nobody@127.0.0.1/none").release()
    StateLock("postgresql://nobody@127.0.0.1/none").release()


class Process:
    pid, exitcode = 1, -9


class Worker:
    inner = Process()


class Respawning(RespawningServer):
    """Granian's book-keeping without its processes."""

    def __init__(self) -> None:
        self.respawned_wrks: dict[int, float] = {}
        self.wrks = [Worker()]


def test_only_a_long_series_of_deaths_ends_the_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base = RespawningServer.__mro__[1]
    monkeypatch.setattr(base, "_respawn_workers", lambda self, indexes: self.respawned_wrks.update({0: 1.0}))
    server = Respawning()
    for _ in range(MAX_DEATHS - 1):
        server._respawn_workers([0])
        assert server.respawned_wrks == {}
    server._respawn_workers([0])
    assert server.respawned_wrks == {0: 1.0}, "by this, Granian ends the server at the next death"
    assert "the next one that ends, ends the server" in caplog.text
