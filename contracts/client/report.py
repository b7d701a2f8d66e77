"""What the tests of a client found, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from textwrap import indent

from bodydouble.contracts.core.printable import printable
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.violation import Violation

# A longer body is cut where it is shown; the value keeps all of it.
LONGEST_SHOWN_BODY = 2000


class ClientContractError(AssertionError):
    """A client does not stand what the contract allows, or breaks it; the message is the whole report."""


def http_head(response: WireResponse) -> str:
    """The status line and the headers of an answer, one a line."""
    reason = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else ""
    lines = [f"HTTP/1.1 {response.status} {reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(response.body)}")
    return "\n".join(lines)


def http_text(response: WireResponse) -> str:
    """An answer as the wire sees it: status line, headers, body."""
    body = response.body.decode("utf-8", "backslashreplace")
    if len(body) > LONGEST_SHOWN_BODY:
        body = f"{body[:LONGEST_SHOWN_BODY]}... ({len(response.body)} bytes)"
    return printable(f"{http_head(response)}\n\n{body}".rstrip(), keep="\n\t")


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which the client breaks, with the smallest answer that breaks it.

    Attributes:
        error: type and message of what the client raised, without secrets.
        place: file, line, function and code of the client where it was raised.
        kind: what the answer was: `success`, `failure`, or the name of an error case.
        request: method and URL that were answered, without secrets; empty if the operation was not called.
    """

    error: str
    place: str
    kind: str
    request: str
    answer: WireResponse

    def __str__(self) -> str:
        asked = f"{self.request} was answered" if self.request else "before it asked; it would have been answered"
        answer = indent(http_text(self.answer), "    ")
        return f"{self.error}\n  {self.place}\n  {asked} ({self.kind}):\n\n{answer}"


@dataclass(frozen=True, slots=True)
class BadRequest:
    """One way in which a request of the client breaks the contract.

    Attributes:
        operation: operationId, or None for a path or method that the contract does not have.
        request: method and URL, without secrets.
        violation: what it broke, without secrets.
    """

    operation: str | None
    request: str
    violation: Violation

    def __str__(self) -> str:
        return f"{self.request} breaks the contract of {self.operation or 'every operation'}\n  {self.violation}"


@dataclass(frozen=True, slots=True)
class ClientReport:
    """What a run has done.

    Attributes:
        seed: the same seed makes the same answers.
        answers: how many answers the client was given, by what they were.
        called: whether the client called the operation at all.
        failures: how it broke; each place in its code and type of error once.
        bad_requests: how its requests broke the contract; each rule and field once.
    """

    vendor: str
    operation: str
    seed: int
    answers: Mapping[str, int]
    called: bool
    failures: tuple[Failure, ...]
    bad_requests: tuple[BadRequest, ...]

    @property
    def passed(self) -> bool:
        """Whether the client called the operation, stood every answer, and kept the contract itself."""
        return self.called and not self.failures and not self.bad_requests

    def require(self) -> None:
        """Require that the client passed.

        Raises:
            ClientContractError: it did not.
        """
        if not self.passed:
            raise ClientContractError(str(self))

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.answers.items())
        lines = [f"{self.vendor} {self.operation}: {sum(self.answers.values())} answers ({kinds}), seed {self.seed}"]
        if not self.called:
            lines.append(f"the client never called {self.operation}: nothing was tested")
        found = [*map(str, self.failures), *map(str, self.bad_requests)]
        lines += [f"\n{number}. " + indent(text, "   ").lstrip() for number, text in enumerate(found, 1)]
        return "\n".join(lines)
