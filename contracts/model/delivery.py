"""How a vendor delivers a callback: time limit, retries, signature."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass

Delays = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RetryRules:
    """What a vendor's retries depend on, in addition to the number of attempts. By default: on nothing.

    Attributes:
        jitter: the largest share of a delay that is added to it or taken from it, 0 to 1.
        after_timeout: seconds to wait after attempts without a whole response in time; None for the usual ones.
        after_429: the same after responses of status 429.
        max_retry_after: seconds for which a receiver's `Retry-After` may put an attempt off; None to ignore it.
    """

    jitter: float = 0.0
    after_timeout: Delays | None = None
    after_429: Delays | None = None
    max_retry_after: float | None = None

    @classmethod
    def from_specification(cls, node: Mapping[str, Any]) -> "RetryRules":
        """The rules of a `retry_rules`."""
        return cls(
            node.get("jitter", 0.0),
            _delays(node.get("after_timeout")),
            _delays(node.get("after_429")),
            node.get("max_retry_after"),
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a vendor delivers a callback.

    Attributes:
        timeout: seconds within which the receiver must respond.
        retries: seconds to wait before each further attempt, in order.
        signature: the `x-signature` of the delivery, or None if it is not signed.
        retry_rules: what changes these waits.
    """

    timeout: float
    retries: Delays
    signature: Mapping[str, Any] | None
    retry_rules: RetryRules = field(default_factory=RetryRules)

    @classmethod
    def from_specification(cls, node: Mapping[str, Any]) -> "Delivery":
        """The delivery of an `x-delivery`."""
        rules = RetryRules.from_specification(node.get("retry_rules", {}))
        return cls(node["timeout"], tuple(node["retries"]), node.get("signature"), rules)


def _delays(seconds: list[float] | None) -> Delays | None:
    return None if seconds is None else tuple(seconds)
