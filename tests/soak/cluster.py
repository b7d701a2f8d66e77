"""What is killed: one server on a file of SQLite, or three replicas on PostgreSQL."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from urllib3.exceptions import HTTPError

from bodydouble.mock_server.testing.server import Server, ServerUnavailableError, free_port
from tests.support.postgresql import PostgresqlServer

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# A database that restarts refuses a replica that starts; its supervisor would start it again.
MAX_STARTS = 20
# The suite records the traffic of its servers; a killed process leaves half a line.
NO_RECORD = {"BODYDOUBLE_RECORD": ""}
WAIT = 30.0


def workers_of(server: Server) -> list[int]:
    """The processes of a server's workers."""
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(process) for process in listed.split()]


def _wait_for_health(server: Server) -> None:
    # A worker that has been replaced listens later than it exists.
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with suppress(HTTPError):
            if server.http.get("/_mock/health").status == 200:
                return
        time.sleep(0.02)
    raise AssertionError(f"the server does not respond:\n{server.log}")


class Cluster:
    """Servers on one state.

    Args:
        folder: for logs, and for a file of SQLite.
        engine: the database.

    Attributes:
        urls: the base URLs of the servers, which keep their ports.
        kills: how many, by what was killed.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        self.engine = engine
        self._folder = folder
        self._starts = 0
        self._guard = threading.Lock()
        self._postgresql = PostgresqlServer() if engine == POSTGRESQL else None
        self._state = self._postgresql.new_database() if self._postgresql else str(folder / "state.db")
        # By default PostgreSQL itself, when it crashes, may lose the last changes, as a file does at a power cut.
        self._options = ["--durability", "power"] if self._postgresql else []
        replicas, self._workers = (3, 1) if self._postgresql else (1, 2)
        ports = [free_port() for _ in range(replicas)]
        self.urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.kills: Counter[str] = Counter()
        self.log: Counter[str] = Counter()
        self._starters = ThreadPoolExecutor(replicas)
        self._servers: list[Future[Server]] = [self._starters.submit(self._start, port) for port in ports]
        self.wait_until_ready()

    def _start(self, port: int) -> Server:
        for _ in range(MAX_STARTS):
            with self._guard:
                self._starts += 1
                folder = self._folder / str(self._starts)
            folder.mkdir()
            try:
                return Server(
                    folder,
                    "--state",
                    self._state,
                    *self._options,
                    workers=self._workers,
                    port=port,
                    variables=NO_RECORD,
                )
            except ServerUnavailableError as error:
                if self._postgresql is None:
                    raise
                self._note(str(error))
        raise ServerUnavailableError(f"no server started on port {port} in {MAX_STARTS} attempts")

    def _note(self, log: str) -> None:
        with self._guard:
            self.log.update(line[:160] for line in log.splitlines() if line.startswith(("ERROR", "CRITICAL", "Error")))

    def wait_until_ready(self) -> None:
        """Wait until all servers are ready that were started, with all their workers."""
        for server in self._servers:
            self._wait_for_workers(server.result(), self._workers)
            _wait_for_health(server.result())

    def _wait_for_workers(self, server: Server, count: int) -> list[int]:
        deadline = time.monotonic() + WAIT
        while len(workers := workers_of(server)) < count:
            assert time.monotonic() < deadline, f"no worker was replaced:\n{server.log}"
            time.sleep(0.02)
        return workers

    def wait_until_usable(self) -> None:
        """Wait until the only server is ready: what is down loses nothing. Other replicas go on meanwhile."""
        if len(self._servers) == 1:
            self.wait_until_ready()

    def strike(self, chance: random.Random) -> None:
        """Kill something, or restart the database. What was killed is started again, meanwhile or by itself."""
        # The start of the only server takes longest; meanwhile, nothing is there that could go wrong.
        strikes: list[tuple[str, int, Callable[[random.Random], None]]] = [
            ("worker", 3 if self._postgresql is None else 1, self._kill_worker),
            ("server" if self._postgresql is None else "replica", 1, self._kill_server),
        ]
        if self._postgresql is not None:
            strikes.append(("postgresql", 1, self._restart_database))
        ((name, _, strike),) = chance.choices(strikes, [weight for _, weight, _ in strikes])
        strike(chance)
        self.kills[name] += 1

    def _ready_number(self, chance: random.Random) -> int:
        wait(self._servers, return_when=FIRST_COMPLETED)
        return chance.choice([number for number, server in enumerate(self._servers) if server.done()])

    def _kill_worker(self, chance: random.Random) -> None:
        server = self._servers[self._ready_number(chance)].result()
        killed = chance.choice(self._wait_for_workers(server, 1))
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + WAIT
        while killed in workers_of(server):
            assert time.monotonic() < deadline, f"worker {killed} has not ended:\n{server.log}"
            time.sleep(0.02)

    def _kill_server(self, chance: random.Random) -> None:
        number = self._ready_number(chance)
        server = self._servers[number].result()
        server.kill()
        server.http.close()
        self._note(server.log)
        self._servers[number] = self._starters.submit(self._start, server.port)

    def _restart_database(self, chance: random.Random) -> None:
        assert self._postgresql is not None
        self._postgresql.restart(chance.choice(["fast", "immediate"]))

    def close(self) -> None:
        """End everything."""
        for starting in self._servers:
            if not starting.exception():
                server = starting.result()
                server.stop()
                self._note(server.log)
        self._starters.shutdown()
        if self._postgresql is not None:
            self._postgresql.stop()
