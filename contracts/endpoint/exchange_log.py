"""The one observer of a run: sees every exchange, and every request without a response, of all phases.

The engine's phases, the probes of checks, sign-in, lifecycle reads, shrinking and laws all send through `transport`,
which records here. The rules that need an exchange only are evaluated here, on each exchange once. Whatever else wants
to see the traffic (the collector, the life of tokens, laws that a passive observer can check) subscribes.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import requests
from requests.exceptions import ContentDecodingError

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.rules import Rule, RuleViolation, exchange_violations
from bodydouble.contracts.endpoint.wire_messages import wire_request, wire_response
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange

# Phases that are not the engine's own.
SIGN_IN, PROBES, MALFORMED = "sign-in", "probes", "malformed"
LAWS, LIFECYCLE, SHRINKING = "laws", "lifecycle", "shrinking"
# With the credentials of a second account.
ISOLATION = "isolation"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a request is sent for.

    Attributes:
        operation: operationId; empty for a request to none.
        phase: the phase of the run that sends it.
    """

    operation: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True)
class LoggedExchange:
    """An exchange with its circumstances.

    Attributes:
        number: counts the exchanges and failures of a run, in the order in which they ended.
        sent: when the request left, in seconds of the monotonic clock.
        seconds: until the response was complete.
        violations: of the rules that need the exchange only.
    """

    number: int
    phase: str
    exchange: OperationExchange
    sent: float
    seconds: float
    violations: tuple[tuple[Rule, RuleViolation], ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedFailure:
    """A request to an operation that got no complete response.

    Attributes:
        operation: operationId.
        error: what the HTTP library says.
    """

    number: int
    phase: str
    operation: str
    request: WireRequest
    error: requests.RequestException

    @property
    def is_undecodable(self) -> bool:
        """Whether there was a response, with a body that is not what its `Content-Encoding` says."""
        return isinstance(self.error, ContentDecodingError)


Observer = Callable[[LoggedExchange], None]
FailureObserver = Callable[[LoggedFailure], None]


@dataclass(slots=True)
class ExchangeLog:
    """Records the exchanges of one run, and tells those who have subscribed.

    Args:
        contract: in whose terms.

    Attributes:
        base_path: the path below which the endpoint has those of the contract; it is not part of what is logged.
        recorded: how many exchanges and failures there were.
    """

    contract: Contract
    base_path: str = ""
    recorded: int = 0
    _observers: list[Observer] = field(default_factory=list)
    _failure_observers: list[FailureObserver] = field(default_factory=list)
    # For as long as somebody, such as the engine, remembers a request.
    _entries: WeakKeyDictionary[requests.PreparedRequest, LoggedExchange] = field(default_factory=WeakKeyDictionary)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def subscribe(self, observer: Observer) -> None:
        """Call a function with every exchange from now on, in order, in the thread that sent the request."""
        self._observers.append(observer)

    def subscribe_to_failures(self, observer: FailureObserver) -> None:
        """Call a function with every request from now on that gets no complete response."""
        self._failure_observers.append(observer)

    def record(
        self, purpose: Purpose, prepared: requests.PreparedRequest, response: requests.Response, sent: float, now: float
    ) -> None:
        """Add a request that got a response; one to no operation is not part of the log."""
        operation = self.contract.operations.get(purpose.operation)
        if operation is None:
            return
        request = wire_request(prepared, self.base_path)
        exchange = OperationExchange(self.contract, operation, request, wire_response(response))
        violations = tuple(exchange_violations(exchange, probe=purpose.phase == PROBES))
        with self._lock:
            self.recorded += 1
            entry = LoggedExchange(self.recorded, purpose.phase, exchange, sent, now - sent, violations)
            self._entries[prepared] = entry
            for observer in self._observers:
                observer(entry)

    def fail(self, purpose: Purpose, prepared: requests.PreparedRequest, error: requests.RequestException) -> None:
        """Add a request that got no complete response; one to no operation is not part of the log."""
        if purpose.operation not in self.contract.operations:
            return
        with self._lock:
            self.recorded += 1
            request = wire_request(prepared, self.base_path)
            failure = LoggedFailure(self.recorded, purpose.phase, purpose.operation, request, error)
            for observer in self._failure_observers:
                observer(failure)

    def entry(self, prepared: requests.PreparedRequest) -> LoggedExchange | None:
        """The exchange of a request; None if it got no response."""
        return self._entries.get(prepared)
