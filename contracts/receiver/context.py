"""What the rules of one run share, and how they report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.receiver.payloads import Payloads
from bodydouble.contracts.receiver.probe import Probe, Processed
from bodydouble.contracts.receiver.sender import CallbackExchange, CallbackSender

POLL_INTERVAL = 0.02


class RuleViolation(Exception):
    """A receiver violates a rule; the message says how, and the exchanges show it."""

    def __init__(self, message: str, *exchanges: CallbackExchange) -> None:
        super().__init__(message)
        self.exchanges = exchanges


class NotApplicable(Exception):
    """A rule does not apply to this callback or run; the message says why."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run against one receiver.

    Attributes:
        signature: the `x-signature` of the callbacks; None where they are not signed.
        unsigned_because: the reason, where they are not signed.
        window: seconds after which a timestamp is stale.
        settle: seconds that the receiver has to process what it has acknowledged.
        examples: number of payloads for each generated property.
    """

    contract: Contract
    callback: Callback
    sender: CallbackSender
    payloads: Payloads
    probe: Probe | None
    signature: Mapping[str, Any] | None
    unsigned_because: str
    window: float
    settle: float
    examples: int
    seed: int

    def require_signature(self) -> Mapping[str, Any]:
        """The `x-signature`.

        Raises:
            NotApplicable: the callbacks are not signed.
        """
        if self.signature is None:
            raise NotApplicable(self.unsigned_because)
        return self.signature

    def require_probe(self) -> Probe:
        """The probe.

        Raises:
            NotApplicable: there is none.
        """
        if self.probe is None:
            raise NotApplicable("without a probe, the receiver cannot tell what it has processed")
        return self.probe

    def wait(self, until: Callable[[Processed], bool]) -> Processed:
        """Ask the probe until a condition is met or the receiver has had its time; the probe's last state."""
        probe, deadline = self.require_probe(), clock.monotonic() + self.settle
        while not until(processed := probe()) and clock.monotonic() < deadline:
            clock.sleep(POLL_INTERVAL)
        return processed


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that a receiver must follow.

    Attributes:
        name: for machines.
        description: for people, as a sentence.
        location: `#/...` reference to the part of the specification from which the rule follows.
        evaluate: tests it; returns a summary of what was tried, or raises RuleViolation or NotApplicable.
    """

    name: str
    description: str
    location: Callable[[RunContext], str]
    evaluate: Callable[[RunContext], str]


def require_acknowledgement(exchange: CallbackExchange) -> CallbackExchange:
    """An exchange that must be acknowledged.

    Raises:
        RuleViolation: it was not.
    """
    if not exchange.acknowledged:
        raise RuleViolation(f"{exchange.title} is not acknowledged: {exchange.problem}", exchange)
    return exchange
