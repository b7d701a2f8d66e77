"""Puts a server under load with wrk, and refuses to count requests that were refused."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.subjects import BODY, CREATE, HERE, READ, Load, Subject, ask


def need_wrk() -> None:
    """Install wrk if that is possible.

    Raises:
        SystemExit: it is not there.
    """
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed to make load. On Debian, as root: apt-get install wrk")


def load(subject: Subject, request: str, connections: int, seconds: int) -> Load:
    """Put a server under load.

    Raises:
        SystemExit: a request was refused or failed: that is faster than work, and must not be counted.
    """
    _require_success(subject, request)
    before = subject.processor_time()
    output = _start(subject, request, connections, seconds).communicate()[0]
    used = subject.processor_time() - before
    rate, median, worst, number = _result(subject, request, output)
    _require_success(subject, request)
    return Load(rate, median, worst, used * 1e6 / number)


@contextmanager
def creating(subject: Subject, connections: int, seconds: int, **fields: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Create videos for some seconds, or until the block ends; `fields` are added to each request.

    Raises:
        SystemExit: a request was refused or failed.
    """
    process = _start(subject, CREATE, connections, seconds, **fields)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        output = process.communicate()[0]
    _result(subject, CREATE, output)


def _start(subject: Subject, request: str, connections: int, seconds: int, **fields: Any) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "BENCH_METHOD": "GET" if request == READ else "POST"}
    if request == CREATE:
        environment["BENCH_BODY"] = json.dumps({**BODY, **fields})
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "wrk.lua")]
    return subprocess.Popen(["wrk", *options, subject.url(request)], env=environment, stdout=subprocess.PIPE)


def _result(subject: Subject, request: str, output: bytes) -> tuple[float, float, float, float]:
    """Rate, median, 99th percentile and number of the requests that wrk has sent."""
    result = next(line for line in output.decode().splitlines() if line.startswith("RESULT")).split()
    rate, median, worst, refused, failed, number = (float(text) for text in result[1:])
    if refused or failed:
        raise SystemExit(f"{subject.name}: {request}: {refused:g} responses were not 2xx, {failed:g} requests failed")
    return rate, median, worst, number


def _require_success(subject: Subject, request: str) -> None:
    # Guiji's errors, such as an exhausted quota, come as HTTP 200. Prism's examples have any code.
    if subject.is_ours:
        content = ask(subject.url(request)) if request == READ else ask(subject.url(request), "POST", BODY)
        if not content["success"]:
            raise SystemExit(f"{subject.name}: {request} is refused: {content['message']}")
