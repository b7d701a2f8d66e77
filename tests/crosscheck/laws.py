"""The laws between requests, on the traffic of a session: the mock server must keep them in whatever tests do.

Tests plant faults on purpose: a scenario chooses an error, an operator makes a task fail. All of that goes through the
control plane. So an account is watched from the response that shows its credentials until a request to the control
plane changes anything but its clock, and traffic of unknown accounts is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from bodydouble.contracts.core.json_mutations import leaves
from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.operation_matcher import Match, Matcher
from bodydouble.contracts.model.passive_laws import PassiveLaws, RequestStart
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES

CONTROL = "control"
# What changes an account, and plants nothing.
HARMLESS = frozenset(
    {"createAccount", "issueToken", "freezeClock", "runClock", "advanceClock", "advanceClockTo", "resendDelivery"}
)
_MIN_CREDENTIAL = 8


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A law that the mock server has violated."""

    vendor: str
    law: str
    message: str
    request: str

    def __str__(self) -> str:
        return f"{self.vendor}, law {self.law}: {self.message}; last request: {self.request}"


@dataclass(frozen=True)
class _Event:
    """The beginning or the end of an exchange."""

    at: float
    ends: bool
    number: int
    exchange: RecordedExchange


def broken_laws(exchanges: Iterable[RecordedExchange]) -> tuple[tuple[BrokenLaw, ...], int]:
    """The laws that some exchanges violate, and how many exchanges were watched."""
    watcher = _Watcher()
    violations = [violation for event in _events(exchanges) for violation in watcher.see(event)]
    return tuple(violations), watcher.watched


def _events(exchanges: Iterable[RecordedExchange]) -> list[_Event]:
    events: list[_Event] = []
    for number, exchange in enumerate(exchanges):
        end = exchange.started + timedelta(seconds=exchange.duration)
        events.append(_Event(exchange.started.timestamp(), False, number, exchange))
        events.append(_Event(end.timestamp(), True, number, exchange))
    # What ended when another began may have been on its way at the same time.
    return sorted(events, key=lambda event: (event.at, event.ends, event.number))


@dataclass
class _Watcher:
    """Follows the traffic of all servers of a session.

    Attributes:
        accounts: by a credential at an address, the account.
        planted: the accounts that a test has planted something in.
    """

    watched: int = 0
    accounts: dict[tuple[str, str], str] = field(default_factory=dict)
    planted: set[str] = field(default_factory=set)
    _starts: dict[int, RequestStart] = field(default_factory=dict)

    @cached_property
    def contracts(self) -> dict[str, tuple[Contract, Matcher, PassiveLaws]]:
        loaded = {name: load_contract(name) for name in documents.names()}
        return {name: (entry, Matcher(entry), PassiveLaws(entry)) for name, entry in loaded.items()}

    def see(self, event: _Event) -> Iterator[BrokenLaw]:
        """Note an event; yields what it violates."""
        exchange = event.exchange
        if exchange.request.path.startswith("/_mock/"):
            self._control(event)
            return
        for vendor, (contract, matcher, laws) in self.contracts.items():
            match = matcher.match(exchange.request)
            if vendor == CONTROL or match.operation is None:
                continue
            if event.ends:
                yield from self._ended(vendor, contract, laws, event, match)
            else:
                self._began(laws, event, match)
            return

    def _control(self, event: _Event) -> None:
        exchange = event.exchange
        operation = self.contracts[CONTROL][1].match(exchange.request).operation
        account = f"{_host(exchange)} {exchange.request.path.split('/')[3:4]}"
        if operation is None:
            return
        if operation.method != "GET" and operation.id not in HARMLESS:
            self.planted.add(account)
        if not event.ends or operation.id not in ("createAccount", "getAccount", "issueToken"):
            return
        content = _content(exchange)
        if operation.id != "issueToken":
            account = f"{_host(exchange)} {[value_at(content, '/id')]}"
            self._learn(exchange, account, value_at(content, "/vendors"))
        else:
            self._learn(exchange, account, content)

    def _learn(self, exchange: RecordedExchange, account: str, content: Any) -> None:
        for _, value in leaves(content):
            if isinstance(value, str) and len(value) >= _MIN_CREDENTIAL:
                self.accounts.setdefault((_host(exchange), value), account)

    def _began(self, laws: PassiveLaws, event: _Event, match: Match) -> None:
        account = self._account(event.exchange, match.operation)
        if account is None or match.operation is None:
            return
        try:
            parsed = match.operation.parse(match.request, match.path_values)
        except UnicodeError:
            # A header of bytes that are no text.
            return
        self._starts[event.number] = laws.begin(match.operation, parsed, account)

    def _ended(
        self, vendor: str, contract: Contract, laws: PassiveLaws, event: _Event, match: Match
    ) -> Iterator[BrokenLaw]:
        exchange, start = event.exchange, self._starts.pop(event.number, None)
        account = self._account(exchange, match.operation)
        if match.operation is None or exchange.response is None:
            return
        if match.operation.public and account is not None:
            self._learn(exchange, account, _content(exchange))
        if start is None or not exchange.whole:
            if start is not None:
                laws.abandon(start)
            return
        self.watched += 1
        seen = OperationExchange(contract, match.operation, match.request, exchange.response)
        violations = laws.observe(seen, start.sender, start)
        if account in self.planted:
            return
        words = f"{exchange.request.method} {exchange.request.path}?{exchange.request.query} at {exchange.started}"
        yield from (BrokenLaw(vendor, entry.law.value, entry.message, words) for entry in violations)

    def _account(self, exchange: RecordedExchange, operation: Operation | None) -> str | None:
        """The account of a request; None if it is not known."""
        candidates = _credentials(exchange, operation) if operation is not None else ()
        known = (self.accounts.get((_host(exchange), text)) for text in candidates)
        return next((account for account in known if account is not None), None)


def _credentials(exchange: RecordedExchange, operation: Operation) -> Iterator[str]:
    for combination in operation.security:
        for scheme in combination:
            text = scheme.find(exchange.request)
            if text is None:
                continue
            yield text
            signer = REQUEST_SCHEMES.get(scheme.signature["scheme"]) if scheme.signature is not None else None
            try:
                yield signer.key_id(exchange.request) if signer is not None else text
            except ValueError:
                continue
    if operation.public:
        # Who signs in names an account by a field of the request.
        yield from (value for _, value in exchange.request.query_pairs)
        yield from (value for _, value in leaves(_parsed(exchange.request.body)) if isinstance(value, str))


def _host(exchange: RecordedExchange) -> str:
    return exchange.request.headers.get("host", "")


def _content(exchange: RecordedExchange) -> Any:
    return None if exchange.response is None else _parsed(exchange.response.body)


def _parsed(body: bytes) -> Any:
    try:
        return parse(body)
    except JsonTextError:
        return None
