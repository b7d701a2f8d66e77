"""How states and outcomes look: good, bad, busy or quiet."""

from collections.abc import Mapping

from bodydouble.contracts.model.contract import Contract

DELIVERY_TONES = {"pending": "busy", "delivered": "good", "failed": "bad", "refused": "bad"}


def state_tone(contracts: Mapping[str, Contract], vendor: str, kind: str, state: str) -> str:
    """The tone of a state of a lifecycle: of a success, of another end, or of work that goes on."""
    lifecycle = contracts[vendor].lifecycles[kind]
    if state in lifecycle.successes:
        return "good"
    if lifecycle.states[state].terminal:
        return "bad"
    return "busy"


def status_tone(status: int, error: str | None = None) -> str:
    """The tone of a response's HTTP status; 0 is none. An error case is one with any status."""
    if status == 0 or status >= 500:
        return "bad"
    return "warn" if status >= 400 or error else "good"
