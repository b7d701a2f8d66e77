"""Calls the client once, and tells how the call ended."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType

from hypothesis.errors import HypothesisException

from bodydouble.contracts.client.options import ClientOptions
from bodydouble.contracts.client.response_faults import ResponseFault
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.client.time_limit import ClientInterrupted, TimeLimit
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.core.wire import WireResponse


class EndlessRequestsError(Exception):
    """The client did not stop sending requests for one response."""


class TimeLimitError(Exception):
    """The client did not return in time."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call ended.

    Attributes:
        error: what the client raised, or why it was interrupted; None if it returned.
        result: what it returned.
    """

    error: BaseException | None = None
    result: object = None

    @property
    def interrupted(self) -> bool:
        """Whether the client did not come to an end."""
        return isinstance(self.error, EndlessRequestsError | TimeLimitError)


class ClientCall:
    """Calls the client, each time with another response.

    Attributes:
        called: whether the client has called the operation under test.
        is_stuck: whether the client has exceeded its time: it must not be called again.
    """

    def __init__(self, stub: StubServer, call: Callable[[str], object], options: ClientOptions) -> None:
        self._stub = stub
        self._call = call
        self._options = options
        self._cancelled_at: TracebackType | None = None
        self.called = False
        self.is_stuck = False

    def __call__(self, response: WireResponse, fault: ResponseFault | None = None, strikes: int = 0) -> CallEnd:
        """Call the client.

        Args:
            response: of the operation under test.
            fault: strikes the response.
            strikes: how many requests it strikes.
        """
        self._stub.begin(response, fault, strikes)
        try:
            return self._explained(self._ended())
        finally:
            self.called = self.called or self._stub.last_request is not None
            if self._stub.error is not None:
                raise self._stub.error

    def _ended(self) -> CallEnd:
        try:
            with TimeLimit(self._options.timeout) as limit:
                self._stub.on_exhausted = limit.interrupt
                result = self._returned()
        except HypothesisException:
            raise
        except (Exception, ClientInterrupted) as error:
            return CallEnd(error)
        return CallEnd(result=result)

    def _returned(self) -> object:
        result = self._call(self._stub.base_url)
        return asyncio.run(self._awaited(result)) if inspect.isawaitable(result) else result

    async def _awaited(self, result: Awaitable[object]) -> object:
        self._cancelled_at = None
        try:
            return await result
        except asyncio.CancelledError as error:
            # An interruption strikes the event loop, which is not where the client stands.
            self._cancelled_at = error.__traceback__
            raise

    def _explained(self, end: CallEnd) -> CallEnd:
        error: Exception
        if self._stub.exhausted:
            error = EndlessRequestsError(f"more than {self._options.max_requests} requests for one response")
        elif isinstance(end.error, ClientInterrupted):
            self.is_stuck = True
            sent = counted(self._stub.requests, "request")
            error = TimeLimitError(f"no end within {self._options.timeout:g} s; the client sent {sent}")
        else:
            return end
        traceback = None if end.error is None else end.error.__traceback__
        return CallEnd(error.with_traceback(self._cancelled_at or traceback))
