"""The pages: how long the server takes for one with many tasks, how large the first visit is, what open pages cost.

python -m bench.pages --tasks 100000
python -m bench.pages --before ../checkout-of-a-commit-before-the-pages
"""

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

from bench import scale
from bench.filling import fill
from bench.load import load, need_wrk
from bench.peers import bodydouble, filled, sign_in
from bench.rows import Row, Section, absolute, compared, show
from bench.subjects import CREATE, HERE, READ, Subject, running
from bodydouble.testing import free_port

VENDOR, ROUNDS, OPEN_PAGES = "guiji", 15, 50
FIRST_PAGES = ("", "/tasks", "/deliveries", "/journal", "/scenarios")
# Seconds over which pages are opened, and after which they have found their pace.
INTERVAL, SETTLED = 2.0, 10.0
_CONNECTIONS = 32


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000, help="in the account whose pages are opened")
    parser.add_argument("--rounds", type=int, default=5, help="of each load")
    parser.add_argument("--seconds", type=int, default=3, help="that each load takes")
    parser.add_argument("--before", type=Path, help="checkout of a commit before the pages, for a comparison")
    arguments = parser.parse_args()
    need_wrk()
    parts: list[Callable[[], list[Row]]] = [
        lambda: _first_pages(arguments.tasks),
        lambda: _open_pages(arguments.rounds, arguments.seconds),
    ]
    if arguments.before is not None:
        parts.append(lambda: _before(arguments.before.resolve(), arguments.rounds, arguments.seconds))
    return int(not show([_section(part) for part in parts]))


def _section(part: Callable[[], list[Row]]) -> Section:
    started = time.perf_counter()
    return Section(part(), time.perf_counter() - started)


def _read(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as response:
        content: bytes = response.read()
    return content


def _first_pages(tasks: int) -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    try:
        fill(folder, scale.filling(VENDOR, tasks, account_id=VENDOR))
        subject = filled(folder)
        with running(subject):
            account = f"{subject.base_url}/_mock/dashboard/accounts/{VENDOR}"
            pages = {page or "/": account + page for page in FIRST_PAGES}
            rows = [
                _page_row(name, url, tasks) for name, url in {"overview": f"{subject.base_url}/_mock/", **pages}.items()
            ]
            return [*rows, _size_row(f"{subject.base_url}/_mock/")]
    finally:
        shutil.rmtree(folder)


def _page_row(name: str, url: str, tasks: int) -> Row:
    _read(url)
    return absolute(
        f"page {name}, {tasks:,} tasks", statistics.median(_milliseconds(url) for _ in range(ROUNDS)), "ms", 30
    )


def _milliseconds(url: str) -> float:
    started = time.perf_counter()
    _read(url)
    return (time.perf_counter() - started) * 1000


def _size_row(url: str) -> Row:
    page = _read(url)
    assets = {unescape(match) for match in re.findall(r'(?:src|href)="([^"]*/assets/[^"]*)"', page.decode())}
    size = len(page) + sum(len(_read(urljoin(url, asset))) for asset in assets)
    return absolute("first page with its assets, uncompressed", size / 1000, "kB", 200)


@contextmanager
def _watched(subject: Subject, pages: int) -> Iterator[None]:
    """Let so many pages be open: each asks for what has changed, as a browser does."""
    ended = threading.Event()
    account = f"{subject.base_url}/_mock/dashboard/accounts/default"
    urls = [f"{account}/{part}/live" for part in ("tasks", "deliveries", "journal")] + [
        f"{subject.base_url}/_mock/dashboard/live"
    ]

    def follow(number: int) -> None:
        ended.wait(INTERVAL * number / pages)
        while not ended.is_set():
            started = time.perf_counter()
            pause = re.match(rb"retry: (\d+)", _read(urls[number % len(urls)]))
            assert pause is not None
            ended.wait(max(0.0, int(pause[1]) / 1000 - (time.perf_counter() - started)))

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(pages)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _open_pages(rounds: int, seconds: int) -> list[Row]:
    subject = bodydouble()
    pairs: dict[str, list[tuple[float, float]]] = {READ: [], CREATE: []}
    with running(subject):
        sign_in(subject)
        for request in pairs:
            load(subject, request, _CONNECTIONS, 1)
        for _ in range(rounds):
            for request, measured in pairs.items():
                alone = load(subject, request, _CONNECTIONS, seconds).rate
                with _watched(subject, OPEN_PAGES):
                    time.sleep(SETTLED)
                    measured.append((load(subject, request, _CONNECTIONS, seconds).rate, alone))
    what = f"with {OPEN_PAGES} open pages"
    return [compared(f"{name} {what}", each, "/s", "none open", 0.9, at_least=True) for name, each in pairs.items()]


def _before(checkout: Path, rounds: int, seconds: int) -> list[Row]:
    ours, theirs = (_of_checkout(folder) for folder in (HERE.parent, checkout))
    starts = []
    for _ in range(rounds):
        booted = [_started(subject) for subject in (ours, theirs)]
        starts.append((1 / booted[0], 1 / booted[1]))
    rows = [compared("starts", starts, "/s", "before", 0.97, at_least=True)]
    with running(ours, theirs):
        for subject in (ours, theirs):
            sign_in(subject)
        for request in (READ, CREATE):
            pairs = [
                (load(ours, request, _CONNECTIONS, seconds).rate, load(theirs, request, _CONNECTIONS, seconds).rate)
                for _ in range(rounds + 1)
            ]
            rows.append(compared(request, pairs[1:], "/s", "before", 0.97, at_least=True))
    return rows


def _started(subject: Subject) -> float:
    seconds = subject.start()
    subject.stop()
    return seconds


def _of_checkout(checkout: Path) -> Subject:
    """The server of another checkout, with this one's interpreter."""
    port = free_port()
    environment = ["env", f"PYTHONPATH={checkout / 'src'}"]
    command = [*environment, sys.executable, "-m", "bodydouble", "serve", "--port", str(port)]
    return Subject(checkout.name, command, port, "/_mock/health", is_ours=True)


if __name__ == "__main__":
    sys.exit(main())
