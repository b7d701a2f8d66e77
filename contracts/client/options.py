"""How a client is tested, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client is tested.

    Attributes:
        allowed: exceptions that the client may raise: its own, for a failed call.
        examples: number of generated responses that succeed; of every other kind there are a few.
        changes: maximum number of responses that differ in a single place from one that the client has handled.
        seed: the same seed generates the same responses.
        forward: base URL of the server, usually the mock server, that responds to the client's other calls; None to
            respond with the contract's examples.
        max_requests: for one response; a client that sends more is interrupted, and reported as one that never stops.
        timeout: seconds of real time that the client may take for one response; a client that takes longer is
            interrupted, and reported, and no more responses are tried. In the main thread only.
        faults: whether responses are also struck by faults of the network.
        fault_errors: exceptions that the client may raise under such a fault, in addition to `allowed`; None for any
            but failed assertions and those that Python raises for a mistake in the code, such as KeyError.
    """

    allowed: tuple[type[Exception], ...] = ()
    examples: int = 50
    changes: int = 250
    seed: int = 1
    forward: str | None = None
    max_requests: int = 100
    timeout: float = 10.0
    faults: bool = True
    fault_errors: tuple[type[Exception], ...] | None = None
