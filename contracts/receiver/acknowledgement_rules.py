"""Valid callbacks are acknowledged as documented, however unusual they are."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bodydouble.contracts.core import clock
from bodydouble.contracts.receiver.context import Broken, Promise, Session, acknowledged
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.sender import CallbackExchange

# Looking for a smaller failing callback must end, also where each takes the receiver until its timeout.
SHRINKING_TIME = 15.0


class _Unacknowledged(Exception):
    pass


def _hold(session: Session, title: str, payloads: st.SearchStrategy[Any]) -> str:
    seen: dict[bytes, CallbackExchange] = {}
    failed: list[CallbackExchange] = []
    deadline = float("inf")

    def holds(payload: Any) -> None:
        nonlocal deadline
        body = encode(payload)
        if body not in seen:
            if clock.monotonic() > deadline:
                return
            # Each payload is judged once: a receiver may answer a repetition in another way.
            seen[body] = session.courier.send(session.callback, payload, title)
        if not seen[body].acknowledged:
            deadline = min(deadline, clock.monotonic() + SHRINKING_TIME)
            failed.append(seen[body])
            raise _Unacknowledged

    configured = settings(
        max_examples=session.examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        # They judge how well a strategy draws, which is the specification's doing, not of whoever tests a receiver.
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        seed(session.seed)(configured(given(payloads)(holds)))()
    except _Unacknowledged:
        # Hypothesis ends with the smallest failing example.
        smallest = failed[-1]
        raise Broken(f"{title} is not acknowledged: {smallest.problem}", smallest) from None
    return f"{len(seen)} different payloads"


def _valid(session: Session) -> str:
    payloads = session.payloads
    acknowledged(session.courier.send(session.callback, payloads.example(session.callback), "the documented example"))
    return "the documented example and " + _hold(session, "a valid callback", payloads.valid(session.callback))


def _unusual(session: Session) -> str:
    single = session.payloads.unusual(session.callback)
    for payload in single:
        acknowledged(session.courier.send(session.callback, payload, "a valid, but unusual callback"))
    several = _hold(session, "a valid, but very unusual callback", session.payloads.hostile(session.callback))
    return f"{len(single)} payloads that are unusual in one way, and {several}"


PROMISES = (
    Promise(
        "acknowledges-valid",
        "Valid callbacks are acknowledged as documented, and in time.",
        lambda session: f"{session.callback.pointer}/responses",
        _valid,
    ),
    Promise(
        "acknowledges-unusual",
        "So are valid ones with unknown fields, odd and long texts, and values at the edge of what the schema allows.",
        lambda session: f"{session.callback.pointer}/requestBody",
        _unusual,
    ),
)
