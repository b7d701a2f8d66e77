"""Callback receivers in a process of their own: fast ones that note when what came, and ones that never respond."""

import asyncio
import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from typing import Any

_CONTENT = b'{"code":"0","message":"success","success":true}'
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_CONTENT) + _CONTENT
)
_SPAWN = multiprocessing.get_context("spawn")


class _Acknowledgement(asyncio.Protocol):
    def __init__(self, arrivals: Any) -> None:
        self._arrivals = arrivals

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        # A sender waits for the response before its next request.
        if end and len(body) >= int(length):
            if self._arrivals is not None:
                self._arrivals.put((time.time(), body))
            self._received = b""
            self._transport.write(_RESPONSE)


class _Silence(asyncio.Protocol):
    def __init__(self, hanging: "Synchronized[int]") -> None:
        self._hanging, self._has_request = hanging, False

    def data_received(self, data: bytes) -> None:
        if not self._has_request:
            self._has_request = True
            self._hanging.value += 1

    def connection_lost(self, error: Exception | None) -> None:
        if self._has_request:
            self._hanging.value -= 1


def _respond(port: int, arrivals: Any) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Acknowledgement(arrivals), "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


def _hang(ports: Any, number: int, hanging: "Synchronized[int]") -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
        servers = [await loop.create_server(lambda: _Silence(hanging), sock=each) for each in listening]
        ports.put([each.getsockname()[1] for each in listening])
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(serve())


@contextmanager
def responding(port: int, *, noting: bool = False) -> Iterator[Any]:
    """A receiver that responds at once.

    Args:
        noting: whether the queue that it returns gets the time in seconds and the body of every callback.
    """
    arrivals = _SPAWN.Queue() if noting else None
    with _process(_respond, port, arrivals):
        _wait_for(port)
        yield arrivals


@contextmanager
def hanging(number: int) -> "Iterator[tuple[list[int], Synchronized[int]]]":
    """So many receivers that never respond: their ports, and how many requests wait for them now."""
    ports, waiting = _SPAWN.Queue(), _SPAWN.Value("i", 0)
    with _process(_hang, ports, number, waiting):
        yield ports.get(timeout=30), waiting


@contextmanager
def _process(target: Any, *arguments: Any) -> Iterator[None]:
    process = _SPAWN.Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"the receiver of process {os.getpid()} does not listen on port {port}")
