"""What bounds the memory of a worker: arenas, and connections to the state."""

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bodydouble.mock_server.process.memory import MAX_ARENAS
from bodydouble.mock_server.testing.server import Server

THREADS = 16
# Threads that allocate at the same time; printed is how many arenas glibc has for them.
ALLOCATING = f"""
import ctypes, sys, threading
from bodydouble.mock_server.process.memory import limit_arenas

if sys.argv[1] == "limited":
    limit_arenas()
libc, together = ctypes.CDLL(None), threading.Barrier({THREADS})
libc.malloc.restype = ctypes.c_void_p

def allocate():
    together.wait()
    libc.malloc(1000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range({THREADS})]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
print(open(sys.argv[2]).read().count("<heap nr="))
"""


def arenas_of(tmp_path: Path, setting: str) -> int:
    """How many arenas a process has whose threads allocate."""
    command = [sys.executable, "-c", ALLOCATING, setting, str(tmp_path / "arenas.xml")]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_share_a_few_arenas_of_memory(tmp_path: Path) -> None:
    assert arenas_of(tmp_path, "limited") <= MAX_ARENAS
    assert arenas_of(tmp_path, "usual") > MAX_ARENAS, "the test would notice"


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the files of a process are looked at")
def test_concurrent_requests_do_not_need_a_connection_for_each_thread(tmp_path: Path) -> None:
    server = Server(tmp_path, "--state", str(tmp_path / "state.db"))
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            responses = pool.map(lambda number: _create_and_read(server, number), range(10 * THREADS))
            assert set(responses) == {(201, 200)}
        # Two requests have a turn at a time; background threads have connections of their own.
        assert 0 < _open_connections(tmp_path / "state.db") <= THREADS
    finally:
        server.stop()


def _create_and_read(server: Server, number: int) -> tuple[int, int]:
    created = server.http.post("/_mock/accounts", {"id": f"account-{number}"})
    return created.status, server.http.get(f"/_mock/accounts/account-{number}").status


def _open_connections(state: Path) -> int:
    def opened(process: Path) -> int:
        try:
            return sum(descriptor.readlink() == state for descriptor in (process / "fd").iterdir())
        except OSError:
            return 0

    return max(opened(process) for process in Path("/proc").iterdir() if process.name.isdigit())
