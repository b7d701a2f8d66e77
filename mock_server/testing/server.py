"""A server to test against: started as a process of its own, or one that runs already."""

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


def free_port() -> int:
    """A TCP port of loopback that nobody listens on, and that nobody else is given while this process lives.

    Between the choice and the listening lies the start of a server: time enough for another test's server, a receiver
    or a client's connection to get the same port, and on Linux two servers may share one unnoticed.
    """
    chosen = socket.socket()
    # With this, whoever wants this very port may listen on it; who wants any port is given another one.
    chosen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    chosen.bind(("127.0.0.1", 0))
    port = int(chosen.getsockname()[1])
    if sys.platform == "linux":
        # Open for good: no object closes it.
        chosen.detach()
    else:
        # Elsewhere that would keep the port from everybody.
        chosen.close()
    return port


class ServerHandle(Protocol):
    """A running server, as accounts need it.

    Attributes:
        base_url: scheme, host and port.
        http: sends requests to it.
        control_headers: what requests to the control plane carry.
        exclusive: whether nobody else sends it requests meanwhile.
    """

    base_url: str
    http: HttpClient
    control_headers: Mapping[str, str]
    exclusive: bool


class RunningServer:
    """A server that somebody else has started and will stop.

    Args:
        base_url: scheme, host and port.
        control_token: what the control plane wants, if it listens on more than loopback.
    """

    exclusive = False

    def __init__(self, base_url: str, control_token: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = HttpClient(self.base_url)
        self.control_headers: Mapping[str, str] = {"Authorization": f"Bearer {control_token}"} if control_token else {}

    def stop(self) -> None:
        """Leave it running, and close the connections to it."""
        self.http.close()


class Server:
    """`bodydouble serve` as a child process.

    Args:
        folder: where its log goes, and its state unless the arguments say otherwise.
        arguments: further ones of the command line.
        workers: processes that answer requests.
        variables: added to its environment.
        token: what requests to the control plane carry.

    Attributes:
        slowness: says how busy the machine is, from 1: what else is measured may take longer accordingly.

    Raises:
        RuntimeError: it did not start; the message holds its log.
    """

    exclusive = True

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        workers: int = 1,
        variables: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> None:
        self.control_headers: Mapping[str, str] = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / f"server-{self.port}.log"
        command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(self.port), "--workers", str(workers)]
        if "--state" not in arguments:
            command += ["--state", str(folder / f"state-{self.port}.db")]
        # A proxy of the environment would catch even loopback for some clients, and no test wants one.
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
        raise RuntimeError(f"the server did not start:\n{self.log}")

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self.log_path.read_text()

    @property
    def errors(self) -> list[str]:
        """The lines that it logged as errors."""
        return [line for line in self.log.splitlines() if line.startswith(("ERROR", "Traceback", "CRITICAL"))]

    def interrupt(self) -> float:
        """Press Ctrl-C and wait; seconds that it took."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(20)
        return time.monotonic() - started

    def kill(self) -> None:
        """End it and all its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """End it, if it still runs."""
        if self.process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self.kill()
        self.http.close()
