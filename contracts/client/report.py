"""The results of a client test, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from textwrap import indent

from bodydouble.contracts.core.printable import counted, printable
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.violation import Violation

# A longer body is truncated where it is shown; the value keeps all of it.
MAX_SHOWN_BODY = 2000


class ClientContractError(AssertionError):
    """A client fails on a response that the contract allows, or violates the contract; the message is the report."""


def http_head(response: WireResponse) -> str:
    """The status line and the headers of a response, each on a line."""
    reason = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else ""
    lines = [f"HTTP/1.1 {response.status} {reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(response.body)}")
    return "\n".join(lines)


def http_text(response: WireResponse) -> str:
    """A response as on the wire: status line, headers, body."""
    body = response.body.decode("utf-8", "backslashreplace")
    if len(body) > MAX_SHOWN_BODY:
        body = f"{body[:MAX_SHOWN_BODY]}... ({len(response.body)} bytes)"
    return printable(f"{http_head(response)}\n\n{body}".rstrip(), keep="\n\t")


def sent_text(pieces: Iterable[bytes]) -> str:
    """What was sent of a response, as text."""
    text = b"".join(pieces).decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return printable(text[:MAX_SHOWN_BODY].rstrip(), keep="\n\t") or "(nothing)"


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which the client fails, with the smallest response that shows it.

    Attributes:
        error: type and message of the exception that the client raised, or the rule that it violated, without secrets.
        place: file, line, function and code of the client where it was raised; empty if there is no such place.
        kind: of the response: `success`, `failure`, or the name of an error case.
        request: method and URL of the client's request, without secrets; empty if it did not call the operation.
        faults: the faults of the network under which the client fails so, each alone.
        sent: what is sent of the response under the first of them.
    """

    error: str
    place: str
    kind: str
    request: str
    response: WireResponse
    faults: tuple[str, ...] = ()
    sent: str = ""

    def __str__(self) -> str:
        request = f"{self.request} got this response" if self.request else "before any request; the response would be"
        shown = self.sent if self.faults else http_text(self.response)
        lines = [self.error, *([f"  {self.place}"] if self.place else []), f"  {request} ({self._circumstances}):"]
        return "\n".join(lines) + f"\n\n{indent(shown, '    ')}"

    @property
    def _circumstances(self) -> str:
        if not self.faults:
            return self.kind
        others = f", also with: {', '.join(self.faults[1:])}" if self.faults[1:] else ""
        return f"fault: {self.faults[0]}{others}"


@dataclass(frozen=True, slots=True)
class BadRequest:
    """One way in which a request of the client violates the contract.

    Attributes:
        operation: operationId, or None for a path or method that the contract does not have.
        request: method and URL, without secrets.
        violation: of the contract, without secrets.
    """

    operation: str | None
    request: str
    violation: Violation

    def __str__(self) -> str:
        return f"{self.request} violates the contract of {self.operation or 'every operation'}\n  {self.violation}"


@dataclass(frozen=True, slots=True)
class ClientReport:
    """The result of a run.

    Attributes:
        seed: the same seed generates the same responses.
        responses: how many responses the client got, by kind.
        called: whether the client called the operation at all.
        failures: one for each place in the client's code and type of exception.
        bad_requests: one for each rule and field that the client's requests violate.
    """

    vendor: str
    operation: str
    seed: int
    responses: Mapping[str, int]
    called: bool
    failures: tuple[Failure, ...]
    bad_requests: tuple[BadRequest, ...]

    @property
    def passed(self) -> bool:
        """Whether the client called the operation, handled every response, and sent only valid requests."""
        return self.called and not self.failures and not self.bad_requests

    def require(self) -> None:
        """Require that the client passed.

        Raises:
            ClientContractError: it did not.
        """
        __tracebackhide__ = True
        if not self.passed:
            raise ClientContractError(str(self))

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.responses.items())
        total = counted(sum(self.responses.values()), "response")
        lines = [f"{self.vendor} {self.operation}: {total} ({kinds}), seed {self.seed}"]
        if not self.called:
            lines.append(f"the client never called {self.operation}: nothing was tested")
        problems = [*map(str, self.failures), *map(str, self.bad_requests)]
        lines += [f"\n{number}. " + indent(text, "   ").lstrip() for number, text in enumerate(problems, 1)]
        return "\n".join(lines)
