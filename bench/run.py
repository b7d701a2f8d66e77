"""Measure this server beside Prism and print ratios: see README.md beside this file."""

import argparse
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bodydouble.testing import free_port

HERE = Path(__file__).parent
SPECIFICATION = HERE.parent / "specs" / "guiji" / "openapi.yaml"
CONSOLE = Console()
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
    """One measurement: requests a second, and latencies in milliseconds."""

    rate: float
    median: float
    worst: float


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
        return f"http://127.0.0.1:{self.port}"

    def url(self, request: str) -> str:
        path = f"/openapi/video/v2/get/{self.video_id}" if request == READ else "/openapi/video/v3/simpleCreate"
        return f"{self.base_url}{path}?access_token={self.token}"

    def start(self) -> float:
        """Start it; seconds until its first response."""
        started = time.perf_counter()
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
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
        """MiB of its process tree."""
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except OSError:
                    continue
                parents.setdefault(parent, []).append(int(entry.name))
        queue, total = [self.process.pid], 0
        while queue:
            process = queue.pop()
            queue += parents.get(process, [])
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    total += int(line.split()[1])
        return total / 1024


def ask(url: str, method: str = "GET", content: Any = None) -> Any:
    request = urllib.request.Request(
        url,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def load(subject: Subject, request: str, connections: int, seconds: int) -> Load:
    environment = {**os.environ, "BENCH_METHOD": "GET" if request == READ else "POST"}
    if request == CREATE:
        environment["BENCH_BODY"] = json.dumps(BODY)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "wrk.lua"), subject.url(request)]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT")).split()
    rate, median, worst, refused, failed = (float(text) for text in result[1:])
    if refused or failed:
        raise SystemExit(f"{subject.name}: {request}: {refused:g} responses were not 2xx, {failed:g} requests failed")
    return Load(rate, median, worst)


def need_wrk() -> None:
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed to make load. On Debian, as root: apt-get install wrk")


def prism() -> Subject:
    """Prism, installed beside this file on first use."""
    if shutil.which("npm") is None:
        raise SystemExit("npm is needed to install Prism. On Debian, as root: apt-get install npm")
    program = HERE / "node_modules" / ".bin" / "prism"
    node = HERE / "node_modules" / ".bin" / "node"
    if not program.exists():
        CONSOLE.print("installing Prism into bench/node_modules ...")
        install = ["npm", "install", "--prefix", str(HERE), "--no-save", "--no-audit", "--no-fund", "--silent"]
        newest = [*install, "node@26", "@stoplight/prism-cli@5.16"]
        if subprocess.run(newest, check=False, stdout=subprocess.DEVNULL).returncode != 0:
            subprocess.run([*install, "@stoplight/prism-cli@5.14.2"], check=True, stdout=subprocess.DEVNULL)
    runner = str(node) if node.exists() else "node"
    version = json.loads((HERE / "node_modules" / "@stoplight" / "prism-cli" / "package.json").read_text())["version"]
    port = free_port()
    command = [runner, str(program.resolve()), "mock", "-v", "error", "-p", str(port), str(SPECIFICATION)]
    return Subject(f"Prism {version}", command, port, "/openapi/video/v2/get/291?access_token=x")


def bodydouble() -> Subject:
    """This server, with its defaults."""
    port = free_port()
    program = Path(sys.executable).with_name("bodydouble")
    command = [str(program), "serve", "--port", str(port)]
    return Subject("Bodydouble", command, port, "/_mock/health")


def sign_in(subject: Subject) -> None:
    """Get a token, a large quota and a video to read."""
    credentials = ask(f"{subject.base_url}/_mock/accounts/default")["vendors"]["guiji"]["credentials"]
    ask(f"{subject.base_url}/_mock/accounts/default/quotas/guiji/fastDuration", "PUT", {"total": 2**52})
    timestamp = str(time.time_ns() // 1_000_000)
    text = credentials["app_id"] + timestamp + credentials["secret"]
    signature = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    query = f"grant_type=sign&appId={credentials['app_id']}&timestamp={timestamp}&sign={signature}"
    subject.token = ask(f"{subject.base_url}/openapi/oauth/token?{query}")["data"]["access_token"]
    subject.video_id = ask(subject.url(CREATE), "POST", BODY)["data"]["videoId"]


def measure(subjects: list[Subject], rounds: int, seconds: int) -> None:
    for _ in range(3):
        for subject in subjects:
            subject.boots.append(subject.start())
            subject.stop()
    for subject in subjects:
        subject.start()
        if subject.name == "Bodydouble":
            sign_in(subject)
    for request in (READ, CREATE):
        for connections in (1, 32):
            for subject in subjects:
                load(subject, request, connections, 1)
            for _ in range(rounds):
                for subject in subjects:
                    taken = load(subject, request, connections, seconds)
                    subject.loads.setdefault((request, connections), []).append(taken)
            CONSOLE.print(f"measured {request}, {connections} connections")
    for subject in subjects:
        subject.memory.append(subject.resident_memory())
        for request in (READ, CREATE):
            load(subject, request, 32, seconds * rounds)
        subject.memory.append(subject.resident_memory())
        subject.stop()


def report(ours: Subject, peer: Subject) -> bool:
    """Print the table; whether all bars are met."""
    table = Table("what", ours.name, peer.name, "ratio", "bar", "")
    met = True

    def row(what: str, our: float, their: float, unit: str, bar: float, *, at_least: bool, ratio: float) -> None:
        nonlocal met
        good = ratio >= bar if at_least else ratio <= bar
        met = met and good
        sign = "≥" if at_least else "≤"
        mark = "[green]met[/green]" if good else "[red]missed[/red]"
        table.add_row(what, f"{our:,.2f} {unit}", f"{their:,.2f} {unit}", f"{ratio:.2f}", f"{sign} {bar:g}", mark)

    def paired(request: str, connections: int, value: Callable[[Load], float]) -> tuple[float, float, float]:
        key = (request, connections)
        pairs = [(value(a), value(b)) for a, b in zip(ours.loads[key], peer.loads[key], strict=True)]
        medians = (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs))
        return (*medians, statistics.median(a / b for a, b in pairs))

    for request, bar in ((READ, 1.0), (CREATE, 2.0)):
        our, their, ratio = paired(request, 32, lambda measured: measured.rate)
        row(f"{request}, 32 connections", our, their, "/s", bar, at_least=True, ratio=ratio)
    for request in (READ, CREATE):
        our, their, ratio = paired(request, 1, lambda measured: measured.median)
        row(f"{request}, 1 connection, median latency", our, their, "ms", 1.5, at_least=False, ratio=ratio)
    our, their = statistics.median(ours.boots), statistics.median(peer.boots)
    row("start to first response", our, their, "s", 1.2, at_least=False, ratio=our / their)
    row("memory after the load", ours.memory[0], peer.memory[0], "MiB", 1.0, at_least=False,
        ratio=ours.memory[0] / peer.memory[0])  # fmt: skip
    row("memory after as much again, against before", ours.memory[1], ours.memory[0], "MiB", 1.1, at_least=False,
        ratio=ours.memory[1] / ours.memory[0])  # fmt: skip
    CONSOLE.print(table)
    for subject in (ours, peer):
        worst = {f"{request} c={count}": max(measured.worst for measured in taken) for (request, count), taken in
                 subject.loads.items()}  # fmt: skip
        CONSOLE.print(f"{subject.name}: 99th percentiles, ms: {worst}", highlight=False)
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each pair")
    arguments = parser.parse_args()
    need_wrk()
    peer, ours = prism(), bodydouble()
    try:
        measure([ours, peer], arguments.rounds, arguments.seconds)
    finally:
        ours.stop()
        peer.stop()
    sys.exit(0 if report(ours, peer) else 1)


if __name__ == "__main__":
    main()
