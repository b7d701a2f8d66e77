"""Servers under measurement: how they are started, asked and ended."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import processes

HERE = Path(__file__).parent
READ, CREATE = "GET video detail", "POST simpleCreate"
BODY = {
    "videoName": "bench",
    "sceneId": "-101",
    "text": "Hello, this is a digital human speaking.",
    "speakerId": "C_101",
    "pn": 0,
}


@dataclass(frozen=True)
class Load:
    """One measurement under load.

    Attributes:
        rate: requests a second.
        median, worst: latency, and its 99th percentile, in milliseconds.
        processor: microseconds of processor time of the server for each request.
    """

    rate: float
    median: float
    worst: float
    processor: float


@dataclass
class Subject:
    """A server under measurement.

    Attributes:
        ready: the path that it is asked for until it responds.
        is_ours: whether it is the mock server, whose rejections may come as HTTP 200.
        token, video_id: in the requests.
        boots: seconds of each start.
        loads: by request and number of connections.
    """

    name: str
    command: list[str]
    port: int
    ready: str
    is_ours: bool = False
    token: str = "11111111-1111-1111-1111-111111111111"
    video_id: int = 291
    boots: list[float] = field(default_factory=list)
    loads: dict[tuple[str, int], list[Load]] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, request: str) -> str:
        """The URL of a request, with its token."""
        path = f"/openapi/video/v2/get/{self.video_id}" if request == READ else "/openapi/video/v3/simpleCreate"
        return f"{self.base_url}{path}?access_token={self.token}"

    def start(self) -> float:
        """Start it; seconds until its first response."""
        started = time.perf_counter()
        # A measurement of the start is one of an installation, which has its bytecode.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            self.command,
            cwd=HERE.parent,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while time.perf_counter() - started < 60:
            try:
                with urllib.request.urlopen(self.base_url + self.ready, timeout=5):
                    return time.perf_counter() - started
            except OSError:
                time.sleep(0.002)
        raise SystemExit(f"{self.name} did not start: {' '.join(self.command)}")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def memory(self) -> float:
        """MiB of its processes, what they share counted once."""
        assert self.process is not None
        return processes.proportional_memory(self.process.pid)

    def processor_time(self) -> float:
        """Seconds of processor time that its processes have used."""
        assert self.process is not None
        return processes.processor_time(self.process.pid)

    def running_time(self) -> float:
        """The same of the threads that there are now, to the nanosecond."""
        assert self.process is not None
        return processes.running_time(self.process.pid)


@contextmanager
def running(*subjects: Subject) -> Iterator[None]:
    """Start servers, and end them afterwards."""
    with ExitStack() as stack:
        for subject in subjects:
            stack.callback(subject.stop)
            subject.start()
        yield


def ask(url: str, method: str = "GET", content: Any = None) -> Any:
    """The JSON response to a request, which must have succeeded."""
    request = urllib.request.Request(
        url,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")
