"""The options and the progress of a test, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust

DEFAULT_TIMEOUT = 30.0
DEFAULT_MAX_FAILURES = 20
# Values that exist at an endpoint, by the name of the field or parameter that they fit (`id`), or by that name in one
# operation only (`getVideo.id`).
KnownValues = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How an endpoint is tested.

    Attributes:
        seed: the same seed, against the same state, makes the same requests.
        examples: random requests to each operation.
        scenarios: stateful sequences of requests along the links of the specification.
        operations: operationIds to test; empty for all. If some are chosen, there are no stateful sequences.
        known: values that exist at the endpoint, in addition to those of the credentials.
        metered: at most so many requests to metered operations; None for any number. With a number, they take no part
            in stateful sequences.
        rate: at most so many requests a second; None for any number.
        timeout: seconds to wait for a response.
        poll: seconds for which created tasks are watched; 0 for not at all.
        poll_interval: seconds between two reads of a task.
        shrink: at most so many requests to shrink the request of one finding; 0 for none.
        laws: whether the laws between requests are tested.
        other_credentials: of a second account, which must not see what the first one creates; empty for none.
        pace: how many times faster than the vendor's the endpoint works; None if it is not known.
        max_failures: so many requests in a row without a response end the run.
        trust: which certificates of the endpoint are trusted.
    """

    seed: int = 1
    examples: int = 100
    scenarios: int = 50
    operations: frozenset[str] = frozenset()
    known: KnownValues = field(default_factory=dict)
    metered: int | None = None
    rate: float | None = None
    timeout: float = DEFAULT_TIMEOUT
    poll: float = 0.0
    poll_interval: float = 0.5
    shrink: int = 50
    laws: bool = True
    other_credentials: Mapping[str, str] = field(default_factory=dict)
    pace: float | None = None
    max_failures: int = DEFAULT_MAX_FAILURES
    trust: Trust = SYSTEM_TRUST


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        done: steps, out of `steps`.
        phase: what was last at work, and on which operation (or the empty string).
    """

    done: int
    steps: int
    phase: str
    operation: str
    requests: int
    metered: int
    findings: int
