"""A server to test against: a process of its own, or a server that is running already."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from urllib3.exceptions import HTTPError

from bodydouble.mock_server.testing.http import HttpClient

BOOT_TIMEOUT = 30.0


class ServerUnavailableError(RuntimeError):
    """No server can be used; the message says why."""


def require_loopback() -> None:
    """Check that this machine can connect to itself, as it cannot in some containers and sandboxes.

    Raises:
        ServerUnavailableError: it cannot.
    """
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            socket.create_connection(listening.getsockname(), timeout=5),
        ):
            pass
    except OSError as error:
        message = f"nothing can connect to 127.0.0.1 on this machine, so no server can be used here: {error}"
        raise ServerUnavailableError(message) from error


def free_port() -> int:
    """A TCP port of loopback on which nothing listens, and which no other process gets while this one lives.

    A server takes time to start. Meanwhile another test's server, a receiver or a client's connection could get the
    same port, and on Linux two servers may share a port unnoticed.
    """
    reservation = socket.socket()
    # A server that names this port may then listen on it; a socket that takes any free port gets another one.
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    port = int(reservation.getsockname()[1])
    if sys.platform == "linux":
        # Stays open until the process ends: no object closes it.
        reservation.detach()
    else:
        # On other systems no server could then listen on the port.
        reservation.close()
    return port


class ServerHandle(Protocol):
    """A running server, as accounts need it.

    Attributes:
        base_url: scheme, host and port.
        http: sends requests to it.
        control_headers: headers of requests to the control plane.
        exclusive: whether only the tests send it requests.
    """

    base_url: str
    http: HttpClient
    control_headers: Mapping[str, str]
    exclusive: bool


class RunningServer:
    """A server that was started elsewhere, and keeps running.

    Args:
        base_url: scheme, host and port.
        control_token: the control plane requires it if the server listens on more than loopback.

    Raises:
        ServerUnavailableError: no mock server responds there.
    """

    exclusive = False

    def __init__(self, base_url: str, control_token: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = HttpClient(self.base_url)
        self.control_headers: Mapping[str, str] = {"Authorization": f"Bearer {control_token}"} if control_token else {}
        self._require_health()

    def _require_health(self) -> None:
        try:
            response = self.http.get("/_mock/health", headers=dict(self.control_headers))
        except HTTPError as error:
            reason = str(error).rpartition("): ")[2]
            raise ServerUnavailableError(f"no server responds at {self.base_url}: {reason}") from error
        if response.status != 200:
            problem = f"GET /_mock/health returned {response.status}"
            raise ServerUnavailableError(f"what responds at {self.base_url} is no Bodydouble: {problem}")

    def stop(self) -> None:
        """Leave it running, and close the connections to it."""
        self.http.close()


class Server:
    """`bodydouble serve` as a child process.

    Args:
        folder: for its log, and for its state unless the arguments say otherwise.
        arguments: further arguments of the command line.
        workers: processes that serve requests.
        variables: added to its environment.
        token: sent with every request, for the control plane.
        port: on which it listens; a free one, if not given.
        seed: file of accounts that it starts with.

    Attributes:
        slowness: how busy the machine is, at least 1: a factor for time limits in tests.

    Raises:
        ServerUnavailableError: it did not start; the message holds its log.
    """

    exclusive = True

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        workers: int = 1,
        variables: Mapping[str, str] | None = None,
        token: str | None = None,
        port: int | None = None,
        seed: Path | str | None = None,
    ) -> None:
        require_loopback()
        self.control_headers: Mapping[str, str] = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.port = free_port() if port is None else port
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / f"server-{self.port}.log"
        command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(self.port), "--workers", str(workers)]
        if seed is not None:
            command += ["--seed", str(seed)]
        if "--state" not in arguments:
            command += ["--state", str(folder / f"state-{self.port}.db")]
        # Some clients send even requests to loopback through a proxy of the environment.
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment.update(variables or {})
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *arguments], stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self.http = HttpClient(self.base_url, dict(self.control_headers))
        started = time.monotonic()
        self._wait_until_ready()
        self.slowness = max(1.0, time.monotonic() - started)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + BOOT_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                if self.http.get("/_mock/health").status == 200:
                    return
            except (OSError, HTTPError):
                time.sleep(0.02)
        self.stop()
        raise ServerUnavailableError(f"the server did not start:\n{self.log}")

    @property
    def log(self) -> str:
        """Everything that it has printed so far."""
        return self.log_path.read_text()

    @property
    def errors(self) -> list[str]:
        """The lines that it logged as errors."""
        return [line for line in self.log.splitlines() if line.startswith(("ERROR", "Traceback", "CRITICAL"))]

    def interrupt(self) -> float:
        """Press Ctrl-C and wait; returns the seconds that it took."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(20)
        return time.monotonic() - started

    def kill(self) -> None:
        """End it and all its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """End it, if it is still running."""
        if self.process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self.kill()
        self.http.close()
