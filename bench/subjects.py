"""Servers under measurement: how they are started, asked and put under load."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
READ, CREATE = "GET video detail", "POST simpleCreate"
BODY = {
    "videoName": "bench",
    "sceneId": "-101",
    "text": "Hello, this is a digital human speaking.",
    "speakerId": "C_101",
    "pn": 0,
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """One measurement.

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
    """A server under measurement."""

    name: str
    command: list[str]
    port: int
    ready: str
    token: str = "11111111-1111-1111-1111-111111111111"
    video_id: int = 291
    boots: list[float] = field(default_factory=list)
    loads: dict[tuple[str, int], list[Load]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
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
        self.process = subprocess.Popen(
            self.command, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
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

    def resident_memory(self) -> float:
        """MiB of its processes, what they share counted once."""
        return sum(map(_proportional, self._processes())) / 1024

    def processor_time(self) -> float:
        """Seconds of processor time that its processes have used."""
        return sum(map(_ticks, self._processes())) / _TICKS

    def _processes(self) -> list[int]:
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))):
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
        tree = [self.process.pid]
        for process in tree:
            tree += parents.get(process, [])
        return tree


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def _ticks(process: int) -> int:
    fields = _stat(process)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _proportional(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def ask(url: str, method: str = "GET", content: Any = None) -> Any:
    """The JSON response to a request."""
    request = urllib.request.Request(
        url,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def load(subject: Subject, request: str, connections: int, seconds: int) -> Load:
    """Put a server under load.

    Raises:
        SystemExit: a request was refused or failed: that is faster than work, and must not be counted.
    """
    environment = {**os.environ, "BENCH_METHOD": "GET" if request == READ else "POST"}
    if request == CREATE:
        environment["BENCH_BODY"] = json.dumps(BODY)
    _require_success(subject, request)
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "wrk.lua")]
    command = ["wrk", *options, subject.url(request)]
    before = subject.processor_time()
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    used = subject.processor_time() - before
    result = next(line for line in output.splitlines() if line.startswith("RESULT")).split()
    rate, median, worst, refused, failed, number = (float(text) for text in result[1:])
    if refused or failed:
        raise SystemExit(f"{subject.name}: {request}: {refused:g} responses were not 2xx, {failed:g} requests failed")
    _require_success(subject, request)
    return Load(rate, median, worst, used * 1e6 / number)


def _require_success(subject: Subject, request: str) -> None:
    # Guiji's errors, such as an exhausted quota, come as HTTP 200. Prism's examples have any code.
    if subject.name != "Bodydouble":
        return
    content = ask(subject.url(request)) if request == READ else ask(subject.url(request), "POST", BODY)
    if not content["success"]:
        raise SystemExit(f"{subject.name}: {request} is refused: {content['message']}")
