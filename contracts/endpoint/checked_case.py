"""What a rule is, what it sees, and what it returns."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange

# Violations whose messages differ only in these are of one kind.
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|\d+")
_GOT = re.compile(r"\bgot .*?, expected")


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that a check has sent by itself.

    Attributes:
        spoiled: name of the security scheme whose credential it made wrong; empty for none.
    """

    request: WireRequest
    response: WireResponse
    spoiled: str = ""


@dataclass(frozen=True, slots=True)
class RuleViolation:
    """What an exchange violates.

    Attributes:
        message: for people.
        reasons: each part of the contract that is violated, in a line; empty if the message is the only one.
        probe: the request that shows it, where it is not the exchange's own.
    """

    message: str
    reasons: tuple[str, ...] = ()
    probe: Probe | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The reasons without the values that they show."""
        return frozenset(map(kind, self.reasons or (self.message,)))


def kind(message: str) -> str:
    """A message without the values that it shows."""
    return _VALUES.sub("*", _GOT.sub("got *, expected", message))


class ProbeSender(Protocol):
    """Sends the probes of one case."""

    def is_due(self, count: int) -> bool:
        """Whether the operation has not been probed yet, and the budget allows so many requests."""

    def send(self, request: WireRequest) -> WireResponse:
        """Send a changed copy of the case's request."""

    def done(self) -> None:
        """Send no more probes to this operation."""


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """A request of the test engine with its response, and what the engine knows about the request.

    Attributes:
        malformed: whether its method or content type is wrong on purpose.
        tries_other_method: whether it tries a method that the path does not declare.
        made_from_schema: whether it was meant to be valid, and all its values come from the schema.
        confirm_rejection: runs the engine's own check for invalid requests, given whether the request was rejected;
            raises the engine's failure.
    """

    contract: Contract
    exchange: OperationExchange
    malformed: bool
    tries_other_method: bool
    made_from_schema: bool
    confirm_rejection: Callable[[bool], None]
    probes: ProbeSender


class SpecPlace(Enum):
    """Which part of an operation in the specification a rule is about."""

    OPERATION = ("",)
    RESPONSE = ("/responses/{status}", "/responses")
    REQUEST = ("/{request}",)
    SECURITY = ("/security", "#/security")

    def pointers(self, exchange: OperationExchange) -> Iterator[str]:
        """JSON pointers to it, as URI fragments, the best first; not all of them need exist."""
        request = "requestBody" if exchange.request.body else "parameters"
        for template in self.value:
            suffix = template.format(status=exchange.response.status, request=request)
            yield suffix if suffix.startswith("#") else exchange.operation.pointer + suffix


Evaluate = Callable[[OperationExchange], RuleViolation | None]
Check = Callable[[CheckedCase], RuleViolation | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and how it is checked.

    Attributes:
        name: stands in reports.
        place: the part of the specification that it is about.
        evaluate: tells from an exchange alone whether it is violated; None where that takes more.
        check: what the test engine calls after each response; None for a check that the engine brings itself.
        replaces: the engine's own checks that do not run, since this one knows more.
        everywhere: whether it is evaluated on each exchange of a run, in every phase.
    """

    name: str
    place: SpecPlace = SpecPlace.OPERATION
    evaluate: Evaluate | None = None
    check: Check | None = None
    replaces: tuple[str, ...] = ()
    everywhere: bool = False
