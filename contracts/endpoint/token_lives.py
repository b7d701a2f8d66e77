"""Tokens live as long as the specification says: a younger one that is refused as a token is a violation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.endpoint.exchange_log import LoggedExchange
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signing.request_signer import token_in

ACCESS = "access"
Report = Callable[[LoggedExchange, str], None]


@dataclass(frozen=True, slots=True)
class _Token:
    issuer: Operation
    purpose: str
    issued: float


@dataclass(slots=True)
class TokenLives:
    """Watches the exchanges of a run.

    Args:
        report: called with each exchange that a young token was refused in, and the violation in words.

    Attributes:
        used: how many requests carried a token that was issued in the run.
    """

    report: Report
    used: int = 0
    _tokens: dict[str, _Token] = field(default_factory=dict)

    def observe(self, entry: LoggedExchange) -> None:
        """Look at an exchange."""
        exchange = entry.exchange
        if exchange.operation.token_lives and not exchange.response_class.failed:
            self._tokens.update(_issued(entry))
        schemes = [scheme for combination in exchange.operation.security for scheme in combination]
        for text in {scheme.find(exchange.request) for scheme in schemes if scheme.signature is None}:
            token = self._tokens.get(text or "")
            if token is not None:
                self.used += 1
                self._check(entry, token)

    def _check(self, entry: LoggedExchange, token: _Token) -> None:
        life, age = token.issuer.token_lives[token.purpose], entry.sent - token.issued
        case = next((case for case in self._reasons(entry, token)), None)
        if case is not None and age < life:
            words = (
                f"the {token.purpose} token is refused as {case} {age:.0f} seconds after {token.issuer.id} issued it"
            )
            self.report(entry, f"{words}, although it lives for {life} seconds")

    @staticmethod
    def _reasons(entry: LoggedExchange, token: _Token) -> Iterator[str]:
        cases = entry.exchange.response_class.cases
        for state, case in token.issuer.token_errors.items():
            # That a refresh token is invalid may be said of who uses it.
            if cases == (case,) and (state == "expired" or token.purpose == ACCESS):
                yield case.name


def _issued(entry: LoggedExchange) -> Iterator[tuple[str, _Token]]:
    operation = entry.exchange.operation
    for purpose in operation.token_lives:
        for scheme in entry.exchange.contract.security_schemes.values():
            token = token_in(entry.exchange.content, plain_name(scheme.name)) if _is_for(scheme, purpose) else None
            if token is not None:
                yield token, _Token(operation, purpose, entry.sent)


def _is_for(scheme: SecurityScheme, purpose: str) -> bool:
    return scheme.signature is None and plain_name(scheme.name) == f"{purpose}token"
