"""How many callbacks a second are delivered to a fast receiver and recorded, while tasks are created."""

import asyncio
import json
import multiprocessing
import os
import subprocess
import time
import urllib.request

from subjects import BODY, CREATE, HERE, Subject, ask

from bodydouble.testing import free_port

CONNECTIONS_BEFORE, CONNECTIONS_MEANWHILE = 16, 8
CLOCK = "/_mock/accounts/default/clock"
_CONTENT = b'{"code":"0","message":"success","success":true}'
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_CONTENT) + _CONTENT
)


class _Acknowledgement(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        # A sender waits for the response before its next request.
        if end and len(body) >= int(length):
            self._received = b""
            self._transport.write(_RESPONSE)


def _receive(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Acknowledgement, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


def _create(subject: Subject, url: str, connections: int, seconds: int) -> "subprocess.Popen[bytes]":
    body = json.dumps({**BODY, "callbackUrl": url})
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "wrk.lua")]
    environment = {**os.environ, "BENCH_METHOD": "POST", "BENCH_BODY": body}
    return subprocess.Popen(["wrk", *options, subject.url(CREATE)], env=environment, stdout=subprocess.DEVNULL)


def _pending(subject: Subject) -> int:
    with urllib.request.urlopen(f"{subject.base_url}/_mock/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return int(float(next(line for line in lines if line.startswith("bodydouble_deliveries_pending ")).split()[1]))


def measure_callbacks(subject: Subject, seconds: int) -> float:
    """The rate.

    The account's clock stands while tasks are created; when it runs again, the callbacks of all of them are due.

    Args:
        seconds: for which tasks are created before.
    """
    port = free_port()
    receiver = multiprocessing.get_context("spawn").Process(target=_receive, args=(port,), daemon=True)
    receiver.start()
    url = f"http://127.0.0.1:{port}/callback"
    ask(f"{subject.base_url}/_mock/accounts/default", "PATCH", {"pace": 100_000})
    ask(f"{subject.base_url}{CLOCK}/freeze", "POST")
    _create(subject, url, CONNECTIONS_BEFORE, seconds).wait()
    before, meanwhile = _pending(subject), _create(subject, url, CONNECTIONS_MEANWHILE, 60)
    started = time.perf_counter()
    ask(f"{subject.base_url}{CLOCK}/run", "POST")
    while _pending(subject) > before / 20 and time.perf_counter() - started < 60:
        time.sleep(0.1)
    elapsed = time.perf_counter() - started
    for process in (meanwhile, receiver):
        process.terminate()
    return before * 0.95 / elapsed
