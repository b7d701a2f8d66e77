"""Goes through the responses of an operation, and records how a client fails on them."""

import asyncio
import inspect
import linecache
import sysconfig
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import TracebackType
from typing import Any

import hypothesis
from hypothesis.errors import HypothesisException, Unsatisfiable

from bodydouble.contracts.client.report import Failure
from bodydouble.contracts.client.response_changes import ResponseChanges
from bodydouble.contracts.client.response_generation import SUCCESS, ResponseKind
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.client.time_limit import ClientInterrupted, TimeLimit
from bodydouble.contracts.core.json_shrinker import shrink
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.redaction.exchange import ExchangeRedactor

# Error cases differ only in code and message.
ERROR_EXAMPLES = 3
# Where libraries live; the code of a client is elsewhere.
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
Place = tuple[type[BaseException], str, int]


class EndlessRequestsError(Exception):
    """The client did not stop sending requests for one response."""


class TimeLimitError(Exception):
    """The client did not return in time."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client is tested.

    Attributes:
        allowed: exceptions that the client may raise: its own, for a failed call.
        examples: number of generated responses that succeed; of every other kind there are a few.
        changes: maximum number of responses that differ in a single place from one that the client has handled.
        seed: the same seed generates the same responses.
        forward: base URL of the server, usually the mock server, that responds to the client's other calls; None to
            respond with the contract's examples.
        max_requests: for one response; a client that sends more is interrupted, and reported as one that never stops.
        timeout: seconds of real time that the client may take for one response; a client that takes longer is
            interrupted, and reported, and no more responses are tried. In the main thread only.
    """

    allowed: tuple[type[Exception], ...] = ()
    examples: int = 50
    changes: int = 250
    seed: int = 1
    forward: str | None = None
    max_requests: int = 100
    timeout: float = 10.0


class Explorer:
    """Goes through kinds of responses, and keeps each failure with the smallest response that leads to it.

    Attributes:
        responses: how many the client got, by kind.
        called: whether the client has called the operation under test.
        failures: by the place in the client's code.
    """

    def __init__(
        self, contract: Contract, stub: StubServer, call: Callable[[str], object], options: ClientOptions
    ) -> None:
        self._stub = stub
        self._call = call
        self._options = options
        self.responses: Counter[str] = Counter()
        self.called = False
        self._is_stuck = False
        self._cancelled_at: TracebackType | None = None
        self.failures: dict[Place, Failure] = {}

    def explore(self, kind: ResponseKind) -> None:
        """Try responses of a kind: generated ones, then one that the client has handled, changed in single places."""
        failures: dict[Place, Failure] = {}
        changes = ResponseChanges(kind)

        def handles(response: WireResponse) -> bool:
            if self._is_stuck:
                return False
            self.responses[kind.name] += 1
            failure = self._failure(kind, response)
            # Raises nothing, so that Hypothesis goes on: one failure must not hide the next.
            if failure is not None and failure[0] not in self.failures:
                failures.setdefault(*failure)
            return failure is None

        def try_and_record(response: WireResponse) -> None:
            handled = handles(response)
            if kind.name == SUCCESS:
                changes.record(response, handled=handled)

        with suppress(Unsatisfiable):
            self._generate(kind, try_and_record)
        if kind.name == SUCCESS:
            for response in changes.responses(self._options.seed, self._options.changes):
                handles(response)
        for place, failure in failures.items():
            self.failures[place] = self._smallest(kind, place, failure)

    def _generate(self, kind: ResponseKind, attempt: Callable[[WireResponse], None]) -> None:
        @hypothesis.seed(self._options.seed)
        @hypothesis.settings(
            max_examples=self._options.examples if kind.name == SUCCESS else ERROR_EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            # Health checks rate how well a strategy draws: that depends on the specification, not on the client.
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(kind.responses)
        def generated(response: WireResponse) -> None:
            attempt(response)

        generated()

    def _smallest(self, kind: ResponseKind, place: Place, failure: Failure) -> Failure:
        if not failure.response.body:
            return failure
        smallest = failure
        headers = kind.headers

        def fails_there(content: Any) -> bool:
            nonlocal smallest
            response = kind.with_body(content, headers)
            failed = None if response is None else self._failure(kind, response)
            if failed is None or failed[0] != place:
                return False
            smallest = failed[1]
            return True

        document = parse(failure.response.body)
        if self._is_stuck:
            return failure
        if not fails_there(document):
            # The headers cause the failure.
            headers = failure.response.headers
        # First whole inner documents, then the texts that they are in.
        shrink(kind.opened(document), lambda content: fails_there(kind.encoded(content)))
        shrink(parse(smallest.response.body), fails_there)
        return smallest

    def _failure(self, kind: ResponseKind, response: WireResponse) -> tuple[Place, Failure] | None:
        self._stub.begin(response)
        try:
            with suppress(*self._options.allowed), TimeLimit(self._options.timeout) as limit:
                self._stub.on_exhausted = limit.interrupt
                self._run_client()
            if self._stub.exhausted:
                raise EndlessRequestsError(f"more than {self._options.max_requests} requests for one response")
        except HypothesisException:
            raise
        except ClientInterrupted as error:
            self._is_stuck = not self._stub.exhausted
            return self._failed(kind, response, error)
        except Exception as error:
            return self._failed(kind, response, error)
        finally:
            self.called = self.called or self._stub.last_request is not None
            if self._stub.fault is not None:
                raise self._stub.fault
        return None

    def _run_client(self) -> None:
        result = self._call(self._stub.base_url)
        if inspect.isawaitable(result):
            asyncio.run(self._awaited(result))

    async def _awaited(self, result: Awaitable[object]) -> object:
        self._cancelled_at = None
        try:
            return await result
        except asyncio.CancelledError as error:
            # An interruption strikes the event loop, which is not where the client stands.
            self._cancelled_at = error.__traceback__
            raise

    def _failed(self, kind: ResponseKind, response: WireResponse, error: BaseException) -> tuple[Place, Failure]:
        shown: BaseException = error
        if self._stub.exhausted and not isinstance(error, EndlessRequestsError):
            shown = EndlessRequestsError(f"more than {self._options.max_requests} requests for one response")
        elif isinstance(error, ClientInterrupted):
            sent = counted(self._stub.requests, "request")
            shown = TimeLimitError(f"no end within {self._options.timeout:g} s; the client sent {sent}")
        shown = shown.with_traceback(self._cancelled_at or error.__traceback__)
        return _place(shown), self._described_failure(kind, response, shown)

    def _described_failure(self, kind: ResponseKind, response: WireResponse, error: BaseException) -> Failure:
        last, redactor = self._stub.last_request, self._stub.redactor(self._stub.last_request)
        message = redactor.text(f"{type(error).__name__}: {error}")
        request = described_request(last, redactor) if last else ""
        return Failure(message, redactor.text(_described_place(error)), kind.name, request, response)


def _place(error: BaseException) -> Place:
    frames = traceback.extract_tb(error.__traceback__)
    return type(error), frames[-1].filename, frames[-1].lineno or 0


def _described_place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((*_LIBRARIES, str(FilePath(__file__).parent)))]
    frame = (own or frames)[-1]
    path = FilePath(frame.filename)
    name = path.relative_to(FilePath.cwd()) if path.is_relative_to(FilePath.cwd()) else path
    return f"{name}:{frame.lineno}, in {frame.name}: {linecache.getline(frame.filename, frame.lineno or 0).strip()}"


def described_request(request: WireRequest, redactor: ExchangeRedactor) -> str:
    """Method and URL of a request, without secrets."""
    query = redactor.query(request.query)
    return f"{request.method} {redactor.text(request.path)}" + (f"?{query}" if query else "")
