"""Measure this server beside Prism, bare Flask and a stateless reference: see README.md beside this file."""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from callbacks import measure_callbacks
from rich.console import Console
from rich.table import Table
from subjects import BODY, CREATE, HERE, READ, Load, Subject, ask, load

from bodydouble.testing import free_port

SPECIFICATION = HERE.parent / "specs" / "guiji" / "openapi.yaml"
# As wide as the tables, also where the output goes to a file.
CONSOLE = Console(width=120)
READS_OF_JOURNAL = 100


def need_wrk() -> None:
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed to make load. On Debian, as root: apt-get install wrk")


def prism() -> Subject | None:
    """Prism, installed beside this file on first use; None if it cannot be."""
    program = HERE / "node_modules" / ".bin" / "prism"
    node = HERE / "node_modules" / ".bin" / "node"
    if not program.exists() and not _install_prism():
        CONSOLE.print("Prism is not installed: its rows are left empty. It needs npm (Debian: apt-get install npm)")
        return None
    runner = str(node) if node.exists() else "node"
    version = json.loads((HERE / "node_modules" / "@stoplight" / "prism-cli" / "package.json").read_text())["version"]
    port = free_port()
    command = [runner, str(program.resolve()), "mock", "-v", "error", "-p", str(port), str(SPECIFICATION)]
    return Subject(f"Prism {version}", command, port, "/openapi/video/v2/get/291?access_token=x")


def _install_prism() -> bool:
    if shutil.which("npm") is None:
        return False
    CONSOLE.print("installing Prism into bench/node_modules ...")
    install = ["npm", "install", "--prefix", str(HERE), "--no-save", "--no-audit", "--no-fund", "--silent"]
    choices = (["node@26", "@stoplight/prism-cli@5.16"], ["@stoplight/prism-cli@5.14.2"])
    return any(
        subprocess.run([*install, *packages], check=False, stdout=subprocess.DEVNULL).returncode == 0
        for packages in choices
    )


def bodydouble() -> Subject:
    """This server, with its defaults."""
    port = free_port()
    program = Path(sys.executable).with_name("bodydouble")
    return Subject("Bodydouble", [str(program), "serve", "--port", str(port)], port, "/_mock/health")


def reference(name: str, module: str) -> Subject:
    """An application of this folder, on the same server with as many workers as this server has."""
    port = free_port()
    program = Path(sys.executable).with_name("granian")
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--port", str(port)]
    ready = "/openapi/video/v2/get/291?access_token=11111111-1111-1111-1111-111111111111"
    return Subject(name, [str(program), *options, f"{module}:app"], port, ready)


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


def measure_starts(subjects: list[Subject]) -> None:
    """How long they take from the start to the first response."""
    for _ in range(5):
        for subject in subjects:
            subject.boots.append(subject.start())
            subject.stop()


def measure_loads(subjects: list[Subject], rounds: int, seconds: int) -> None:
    """Each server in every round, so that a slow minute of the machine is one for all."""
    for request in (READ, CREATE):
        for connections in (1, 32):
            for subject in subjects:
                load(subject, request, connections, 1)
            for _ in range(rounds):
                for subject in subjects:
                    measured = load(subject, request, connections, seconds)
                    subject.loads.setdefault((request, connections), []).append(measured)
            CONSOLE.print(f"measured {request}, {connections} connections")


def measure_memory(subject: Subject, seconds: int) -> None:
    """Its memory now, and after as many seconds of load as before."""
    subject.memory.append(subject.resident_memory())
    for request in (READ, CREATE):
        load(subject, request, 32, seconds)
    subject.memory.append(subject.resident_memory())


def measure_journal(subject: Subject) -> float:
    """Milliseconds of a read of the journal right after a request, which must be in it."""
    times = []
    for _ in range(READS_OF_JOURNAL):
        number = ask(subject.url(CREATE), "POST", BODY)["data"]["videoId"]
        started = time.perf_counter()
        entries = ask(f"{subject.base_url}/_mock/accounts/default/journal?operation=createVideo&limit=1")["entries"]
        times.append((time.perf_counter() - started) * 1000)
        if json.loads(entries[-1]["response_body"])["data"]["videoId"] != number:
            raise SystemExit("the journal lacks the request before")
    return statistics.median(times)


class Report:
    """The table of ratios, each with its bar.

    Args:
        ours: the server whose ratios they are.
    """

    def __init__(self, ours: Subject) -> None:
        self._ours = ours
        self.table = Table("what", ours.name, "beside", "", "ratio", "bar", "")
        self.met = True

    def row(self, what: str, our: str, peer: str, their: str, ratio: float, bar: float, *, at_least: bool) -> None:
        """Add a ratio."""
        good = ratio >= bar if at_least else ratio <= bar
        self.met = self.met and good
        mark = "[green]met[/green]" if good else "[red]missed[/red]"
        self.table.add_row(what, our, peer, their, f"{ratio:.2f}", f"{'≥' if at_least else '≤'} {bar:g}", mark)

    def without_peer(self, what: str, our: str, bar: float, *, at_least: bool) -> None:
        """Add a row without a ratio: Prism is not installed."""
        self.table.add_row(what, our, "Prism", "not installed", "", f"{'≥' if at_least else '≤'} {bar:g}", "")

    def rate(self, request: str, peer: Subject | None, bar: float) -> None:
        """Add the ratio of requests a second, at 32 connections."""
        if peer is None:
            our = statistics.median(measured.rate for measured in self._ours.loads[request, 32])
            self.without_peer(f"{request}, c=32", f"{our:,.0f} /s", bar, at_least=True)
            return
        our, their, ratio = self._paired(request, 32, peer, lambda measured: measured.rate)
        self.row(f"{request}, c=32", f"{our:,.0f} /s", peer.name, f"{their:,.0f} /s", ratio, bar, at_least=True)

    def latency(self, request: str, peer: Subject | None, bar: float) -> None:
        """Add the ratio of medians at one connection."""
        if peer is None:
            our = statistics.median(measured.median for measured in self._ours.loads[request, 1])
            self.without_peer(f"{request}, c=1, median", f"{our:.2f} ms", bar, at_least=False)
            return
        our, their, ratio = self._paired(request, 1, peer, lambda measured: measured.median)
        texts = (f"{our:.2f} ms", peer.name, f"{their:.2f} ms")
        self.row(f"{request}, c=1, median", *texts, ratio, bar, at_least=False)

    def _paired(
        self, request: str, connections: int, peer: Subject, value: Callable[[Load], float]
    ) -> tuple[float, float, float]:
        key = (request, connections)
        pairs = [(value(a), value(b)) for a, b in zip(self._ours.loads[key], peer.loads[key], strict=True)]
        medians = (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs))
        return (*medians, statistics.median(a / b for a, b in pairs))


def report(
    ours: Subject, peer: Subject | None, flask: Subject, stateless: Subject, journal: float, callbacks: float
) -> bool:
    """Print the tables; whether all bars are met."""
    ratios = Report(ours)
    ratios.rate(READ, flask, 0.65)
    ratios.rate(CREATE, peer, 3.0)
    ratios.rate(CREATE, stateless, 0.55)
    ratios.rate(READ, peer, 1.0)
    ratios.latency(READ, peer, 0.9)
    ratios.latency(CREATE, peer, 0.9)
    boot, (before, after) = statistics.median(ours.boots), ours.memory
    what, our = "start to first response, four vendors", f"{boot:.2f} s"
    if peer is None:
        ratios.without_peer(what, our, 0.6, at_least=False)
        ratios.without_peer("memory after the load", f"{before:.0f} MiB", 1.0, at_least=False)
    else:
        their = statistics.median(peer.boots)
        texts = (our, f"{peer.name}, one vendor", f"{their:.2f} s")
        ratios.row(what, *texts, boot / their, 0.6, at_least=False)
        texts = (f"{before:.0f} MiB", peer.name, f"{peer.memory[0]:.0f} MiB")
        ratios.row("memory after the load", *texts, before / peer.memory[0], 1.0, at_least=False)
    ratios.row("journal, right after a request, ms", f"{journal:.2f}", "", "", journal, 5, at_least=False)
    ratios.row(
        "callbacks delivered a second, of 2,000", f"{callbacks:,.0f} /s", "", "", callbacks / 2000, 1, at_least=True
    )
    texts = (f"{after:.0f} MiB", "before that", f"{before:.0f} MiB")
    ratios.row("memory after as much again", *texts, after / before, 1.1, at_least=False)
    CONSOLE.print(ratios.table)
    details([ours, *([peer] if peer else []), flask, stateless])
    return ratios.met


def details(subjects: list[Subject]) -> None:
    """Print what has no bar: 99th percentiles, and processor time, which depends less on who else uses the machine."""
    keys = list(subjects[0].loads)
    table = Table(
        "99th percentile, ms; processor, us", *(f"{request}, c={connections}" for request, connections in keys)
    )
    for subject in subjects:
        cells = []
        for key in keys:
            worst = max(measured.worst for measured in subject.loads[key])
            cells.append(f"{worst:.1f}; {statistics.median(m.processor for m in subject.loads[key]):.0f}")
        table.add_row(subject.name, *cells)
    CONSOLE.print(table)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=4, help="measurements of each pair")
    arguments = parser.parse_args()
    need_wrk()
    peer, ours = prism(), bodydouble()
    flask, stateless = reference("bare Flask", "flask_floor"), reference("stateless", "stateless_mock")
    beside = [peer] if peer else []
    subjects = [ours, *beside, flask, stateless]
    try:
        measure_starts([ours, *beside])
        for subject in subjects:
            subject.start()
        sign_in(ours)
        measure_loads(subjects, arguments.rounds, arguments.seconds)
        journal = measure_journal(ours)
        for subject in (ours, *beside):
            measure_memory(subject, arguments.rounds * arguments.seconds)
        callbacks = measure_callbacks(ours, 2 * arguments.seconds)
    finally:
        for subject in subjects:
            subject.stop()
    sys.exit(0 if report(ours, peer, flask, stateless, journal, callbacks) else 1)


if __name__ == "__main__":
    main()
