"""What the rules of one run share, and how they report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.receiver.effects import Effects
from bodydouble.contracts.receiver.payloads import Payloads
from bodydouble.contracts.receiver.sender import CallbackExchange, CallbackSender

# How often a violation is looked for again, before it is taken for a mistake of the measurement.
CONFIRMATIONS = 3


class RuleViolation(Exception):
    """A receiver violates a rule; the message says how, and the exchanges show it."""

    def __init__(self, message: str, *exchanges: CallbackExchange) -> None:
        super().__init__(message)
        self.exchanges = exchanges


class EffectViolation(RuleViolation):
    """A receiver violates a rule by an effect that it should not have: or it is a late effect of something else."""


class NotApplicable(Exception):
    """A rule does not apply to this callback or run; the message says why."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run against one receiver.

    Attributes:
        signature: the `x-signature` of the callbacks; None where they are not signed.
        unsigned_because: the reason, where they are not signed.
        window: seconds after which a timestamp is stale.
        effects: what the receiver's probe shows; None without a probe.
        examples: number of payloads for each generated property.
    """

    contract: Contract
    callback: Callback
    sender: CallbackSender
    payloads: Payloads
    effects: Effects | None
    signature: Mapping[str, Any] | None
    unsigned_because: str
    window: float
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

    def require_effects(self) -> Effects:
        """What the receiver's probe shows.

        Raises:
            NotApplicable: there is no probe.
        """
        if self.effects is None:
            raise NotApplicable("without a probe, the receiver cannot tell what it has processed")
        return self.effects

    def confirmed(self, measure: Callable[[], None], *, by_chance: bool = False) -> None:
        """Measure; an effect too many is a violation only if it comes again when the receiver has more time before.

        Args:
            by_chance: whether the violation often stays out. It then needs no second look with a receiver that
                processes callbacks before it acknowledges them.

        Raises:
            RuleViolation: of the measurement.
        """
        try:
            measure()
        except EffectViolation:
            effects = self.require_effects()
            if by_chance and effects.synchronous:
                raise
            with effects.patience():
                for _ in range(CONFIRMATIONS):
                    measure()


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


def send_example(sender: CallbackSender, payloads: Payloads, callback: Callback, title: str) -> str | None:
    """Send an event about a new task; the task's id, None if the event is about no task.

    Raises:
        RuleViolation: it was not acknowledged.
    """
    payload = payloads.example(callback)
    require_acknowledgement(sender.send(callback, payload, title))
    return task_of(callback, payload)


def task_of(callback: Callback, payload: Any) -> str | None:
    """The id of the task that a payload is about, as the probe shows it; None if the event is about no task."""
    return None if callback.event.task is None else str(lookup(payload, callback.event.task))
