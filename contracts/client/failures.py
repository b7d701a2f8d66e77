"""Describes how a call of the client failed: where in its code, on which request, without secrets."""

import linecache
import sysconfig
import traceback
from pathlib import Path as FilePath

from bodydouble.contracts.client.report import Failure
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.exchange import ExchangeRedactor

# Where libraries live; the code of a client is elsewhere.
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
# The type of the exception, the file and the line that raised it.
Place = tuple[type[BaseException], str, int]


def place_of(error: BaseException) -> Place:
    """What tells one failure from another."""
    frames = traceback.extract_tb(error.__traceback__)
    return (type(error), frames[-1].filename, frames[-1].lineno or 0) if frames else (type(error), "", 0)


def failure_of(stub: StubServer, error: BaseException, kind: str, response: WireResponse) -> Failure:
    """The failure of the last call of a stub."""
    last, redactor = stub.last_request, stub.redactor(stub.last_request)
    message = redactor.text(f"{type(error).__name__}: {error}")
    request = described_request(last, redactor) if last else ""
    return Failure(message, redactor.text(_described_place(error)), kind, request, response)


def _described_place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    own = [frame for frame in frames if not frame.filename.startswith((*_LIBRARIES, str(FilePath(__file__).parent)))]
    frame = (own or frames)[-1]
    path = FilePath(frame.filename)
    name = path.relative_to(FilePath.cwd()) if path.is_relative_to(FilePath.cwd()) else path
    return f"{name}:{frame.lineno}, in {frame.name}: {linecache.getline(frame.filename, frame.lineno or 0).strip()}"


def described_request(request: WireRequest, redactor: ExchangeRedactor) -> str:
    """Method and URL of a request, without secrets."""
    query = redactor.query(request.query)
    return f"{request.method} {redactor.text(request.path)}" + (f"?{query}" if query else "")
