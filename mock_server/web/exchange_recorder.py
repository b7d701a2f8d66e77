"""Recording every exchange as it is on the wire, for tests that check the mock server from outside."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bodydouble.contracts.core.wire import WireResponse, media_type
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange, is_text, to_line
from bodydouble.mock_server.clock import monotonic, wall
from bodydouble.mock_server.web.faults.damaged_response import FAULTS
from bodydouble.mock_server.web.wsgi import read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Recorder:
    """A WSGI application that forwards requests to another one and records the exchanges.

    Args:
        application: responds.
        path: file to append to, readable only for its owner, as the records are not redacted. Several processes may
            append to the same one.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, application: "WSGIApplication", path: str) -> None:
        self._application = application
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond with the other application's response."""
        started = (wall(), monotonic())
        received = _Tee(environ["wsgi.input"])
        environ["wsgi.input"] = received
        responses: list[tuple[int, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            responses.append((int(status[:3]), {name.lower(): value for name, value in headers}))
            return start_response(status, headers, *error)

        chunks = self._application(environ, start)
        if FAULTS in environ:
            # What a fault leaves of a response says nothing about the server.
            return chunks
        return _RecordedBody(self, chunks, environ, received, responses, started)

    def write(self, exchange: RecordedExchange) -> None:
        """Append an exchange."""
        # One write for each line: appends of several processes do not mix.
        os.write(self._file, to_line(exchange))


class _Tee:
    """An input stream that records the bytes that were read from it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.read_so_far = bytearray()

    def read(self, size: int | None = None) -> bytes:
        data: bytes = self._stream.read() if size is None else self._stream.read(size)
        self.read_so_far += data
        return data


class _RecordedBody:
    def __init__(
        self,
        recorder: Recorder,
        chunks: Iterable[bytes],
        environ: "WSGIEnvironment",
        received: _Tee,
        responses: list[tuple[int, dict[str, str]]],
        started: tuple[float, float],
    ) -> None:
        self._recorder, self._chunks, self._environ = recorder, chunks, environ
        self._received, self._responses = received, responses
        self._started = started
        self._body: list[bytes] = []
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._size += len(chunk)
            if is_text(media_type(self._responses[-1][1])):
                self._body.append(chunk)
            yield chunk

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
        status, headers = self._responses[-1]
        self._recorder.write(
            RecordedExchange(
                read_request(self._environ, bytes(self._received.read_so_far)),
                WireResponse(status, headers, b"".join(self._body)),
                datetime.fromtimestamp(self._started[0], UTC),
                monotonic() - self._started[1],
                whole=len(b"".join(self._body)) == self._size and self._environ["REQUEST_METHOD"] != "HEAD",
                size=self._size,
            )
        )
