"""What the checks of one run share, and how they speak."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.receiver.payloads import Payloads
from bodydouble.contracts.receiver.probe import Probe, Processed
from bodydouble.contracts.receiver.sender import CallbackExchange, Courier

POLL_INTERVAL = 0.02


class Broken(Exception):
    """A receiver does not keep a promise; the message says how, the exchanges show it."""

    def __init__(self, why: str, *exchanges: CallbackExchange) -> None:
        super().__init__(why)
        self.exchanges = exchanges


class NotApplicable(Exception):
    """A promise cannot be asked of this receiver; the message says why."""


@dataclass(frozen=True, slots=True)
class Session:
    """One run against one receiver.

    Attributes:
        signature: the `x-signature` of the callbacks; None where they are not signed.
        unsigned_because: why not, where they are not.
        window: seconds after which a timestamp is stale.
        settle: seconds that the receiver has to process what it has acknowledged.
        examples: how many payloads each property is tried with.
    """

    contract: Contract
    callback: Callback
    courier: Courier
    payloads: Payloads
    probe: Probe | None
    signature: Mapping[str, Any] | None
    unsigned_because: str
    window: float
    settle: float
    examples: int
    seed: int

    def signed(self) -> Mapping[str, Any]:
        """The `x-signature`.

        Raises:
            NotApplicable: the callbacks are not signed.
        """
        if self.signature is None:
            raise NotApplicable(self.unsigned_because)
        return self.signature

    def probed(self) -> Probe:
        """The probe.

        Raises:
            NotApplicable: there is none.
        """
        if self.probe is None:
            raise NotApplicable("without a probe, the receiver cannot tell what it has processed")
        return self.probe

    def wait(self, until: Callable[[Processed], bool]) -> Processed:
        """Ask the probe until something is so, or until the receiver has had time enough; its last answer."""
        probe, deadline = self.probed(), clock.monotonic() + self.settle
        while not until(found := probe()) and clock.monotonic() < deadline:
            clock.sleep(POLL_INTERVAL)
        return found


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a receiver is held to.

    Attributes:
        name: for machines.
        words: for people.
        location: `#/...` reference of what in the specification asks for it.
        test: tries it; says what was tried, or raises Broken or NotApplicable.
    """

    name: str
    words: str
    location: Callable[[Session], str]
    test: Callable[[Session], str]


def acknowledged(exchange: CallbackExchange) -> CallbackExchange:
    """An exchange that must have been acknowledged.

    Raises:
        Broken: it was not.
    """
    if not exchange.acknowledged:
        raise Broken(f"{exchange.title} is not acknowledged: {exchange.problem}", exchange)
    return exchange
