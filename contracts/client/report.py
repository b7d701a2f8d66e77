"""The results of a client test, as values."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which the client fails, with the smallest response that shows it.

    Attributes:
        error: type and message of the exception that the client raised, without secrets.
        place: file, line, function and code of the client where it was raised.
        kind: of the response: `success`, `failure`, or the name of an error case.
        request: method and URL of the client's request, without secrets; empty if it did not call the operation.
    """

    error: str
    place: str
    kind: str
    request: str
    response: WireResponse

    def __str__(self) -> str:
        request = f"{self.request} got this response" if self.request else "before any request; the response would be"
        response = indent(http_text(self.response), "    ")
        return f"{self.error}\n  {self.place}\n  {request} ({self.kind}):\n\n{response}"


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
