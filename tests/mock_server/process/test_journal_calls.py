"""Workers that ask each other to write their journal entries."""

import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import Server

pytestmark = pytest.mark.process

# Forks two workers that note in a file when they are asked, and asks them: from several threads, and when one is dead.
WORKERS = """
import os, signal, sys, threading
from bodydouble.mock_server.process.journal_calls import JournalCalls

calls = JournalCalls(3)
written = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
ready, is_ready = os.pipe()

def flush(name):
    os.write(written, name)
    if len(sys.argv) > 2 and name == b"a":
        raise OSError("disk full")

def worker(name):
    process = os.fork()
    if process:
        os.read(ready, 1)
        return process
    calls.listen(lambda: flush(name))
    os.write(is_ready, b"x")
    signal.pause()

first, second = worker(b"a"), worker(b"b")
calls.listen(lambda: None)
calls.call_others()
print(sorted(open(sys.argv[1]).read()))
threads = [threading.Thread(target=calls.call_others) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
text = open(sys.argv[1]).read()
print(2 <= text.count("a") == text.count("b") <= 9)
os.kill(first, signal.SIGKILL)
os.waitpid(first, 0)
calls.call_others()
print(open(sys.argv[1]).read().count("b") - text.count("b"))
third = worker(b"c")
calls.call_others()
print("c" in open(sys.argv[1]).read())
for process in (second, third):
    os.kill(process, signal.SIGKILL)
"""


@pytest.mark.parametrize("more", [[], ["full disk"]])
def test_all_living_workers_have_written_when_a_call_returns(tmp_path: Path, more: list[str]) -> None:
    command = [sys.executable, "-c", WORKERS, str(tmp_path / "written"), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["['a', 'b']", "True", "1", "True"]
    assert "come late" not in done.stderr


def test_a_request_to_any_worker_is_in_the_journal_right_after_its_response(tmp_path: Path) -> None:
    server = Server(tmp_path, "--state", str(tmp_path / "state.db"), workers=2)
    try:
        for number in range(60):
            # Each on a connection of its own, which some worker accepts.
            server.http.close()
            assert server.http.get(f"/openapi/video/v2/get/{number}?access_token=nobody").json["code"] != "0"
            server.http.close()
            entries = server.http.get("/_mock/accounts/anonymous/journal?limit=1&vendor=guiji").json["entries"]
            assert [entry["path"] for entry in entries] == [f"/openapi/video/v2/get/{number}"]
    finally:
        server.stop()
        server.http.close()


def test_a_stopped_worker_delays_a_reader_only_for_a_while(tmp_path: Path) -> None:
    script = WORKERS.split("first, second")[0] + """
first = worker(b"a")
calls.listen(lambda: None)
os.kill(first, signal.SIGSTOP)
# Until the system has stopped it, it may respond.
os.waitpid(first, os.WUNTRACED)
calls.call_others()
print("returned")
os.kill(first, signal.SIGKILL)
"""  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "written")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "returned\n"
    assert "come late" in done.stderr
